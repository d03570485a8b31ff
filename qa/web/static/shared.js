// What the other scripts share: the page's element, the desk's actions, the reader's state, and words.

export const state = {
  element: null, // where the page goes
  server: null, // the actions of the desk, as Gradio gives them
  lang: "en",
  texts: {},
  titles: {}, // of the statements, by id
  filters: null,
  chat: null, // the conversation: { id, turns }
  reading: null, // the link that is open, with the question its map is coloured for
  opener: null, // what to focus when the reading view closes
  busy: false,
  ready: null, // promise that the assistant is open
};

export const $ = (selector) => state.element.querySelector(selector);
export const $$ = (selector) => [...state.element.querySelectorAll(selector)];
export const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

export function kept(key, otherwise) {
  try { return JSON.parse(localStorage.getItem(`statement-qa.${key}`)) ?? otherwise; } catch { return otherwise; }
}

export function keep(key, value) {
  try { localStorage.setItem(`statement-qa.${key}`, JSON.stringify(value)); } catch { /* private mode, or full */ }
}

export function node(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

export function t(key, values = {}) {
  return state.texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export const request = (action, data = {}) => state.server[`desk_${action}`]({ lang: state.lang, ...data });

export async function call(action, data = {}) {
  const reply = await request(action, data);
  if (!reply) throw new Error(t("error_connection"));
  if (reply.error) throw new Error(reply.error);
  return reply;
}

export function say(text, isError = false) {
  const toast = $("#toast");
  toast.textContent = text;
  toast.classList.toggle("error", isError);
  toast.hidden = false;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { toast.hidden = true; }, isError ? 8000 : 2500);
}

export const fail = (error) => say(error.message, true);

export function showTab(name) {
  for (const one of ["chat", "library"]) {
    const tab = $(`#tab-${one}`);
    tab.setAttribute("aria-selected", String(one === name));
    tab.tabIndex = one === name ? 0 : -1;
    $(`#panel-${one}`).hidden = one !== name;
  }
}
