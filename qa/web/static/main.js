// The page comes to life: what is pressed and typed, and where to begin.
// HTML comes from the server, escaped there; what the scripts themselves write goes through textContent.

import { addFilter, address, drawChips, filtersOf, linkOf, setFilters, toggleFilters } from "./address.js";
import {
  ask, drawChats, drawTurns, grow, more, newChat, openChat, questions, save, takeBack, think, toggleSide, toggleWhy, write,
} from "./conversation.js";
import { add, drawLibrary, remove, searchLibrary } from "./library.js";
import { cardActions, copy } from "./quotes.js";
import { closeReader, follow, hideReader, read } from "./reading.js";
import { $, fail, keep, kept, request, showTab, state, t } from "./shared.js";
import { untilReady } from "./status.js";

async function draw() {
  const draft = $("#question")?.value ?? "";
  const inLibrary = $("#panel-library")?.hidden === false;
  const reply = await request("page");
  state.texts = reply.texts;
  state.element.innerHTML = reply.html;
  document.documentElement.lang = state.lang;
  document.title = t("title");
  $("#question").value = draft;
  drawChats();
  drawChips();
  state.ready = untilReady();
  await state.ready;
  await drawTurns();
  if (inLibrary) await openLibrary();
  if (state.reading) await read(state.reading);
}

async function openLibrary() {
  showTab("library");
  await drawLibrary();
}

async function switchLanguage(lang) {
  if (lang === state.lang) return;
  state.lang = lang;
  keep("lang", lang);
  await draw();
  $(`[data-lang=${lang}]`).focus();
}

function switchTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const theme = kept("theme", system) === "dark" ? "light" : "dark";
  keep("theme", theme);
  document.documentElement.dataset.theme = theme;
}

function share() {
  const query = new URLSearchParams(questions().map((question) => ["q", question]));
  return copy(new URL(address(query), location.href).href, "copied_link");
}

function askSpeaker(button) {
  setFilters({ speakers: [button.dataset.speaker.split("; ")[0]] });
  return ask(state.chat.turns[button.closest(".turn").dataset.turn].answer.question);
}

const byId = {
  menu: () => toggleSide(),
  theme: switchTheme,
  "tab-chat": () => showTab("chat"),
  "tab-library": openLibrary,
  "new-chat": () => openChat(newChat()),
  "filter-button": () => toggleFilters(),
  share,
};

const byAct = {
  close: closeReader,
  remove: (button) => remove(button.closest("li").dataset.id),
  retry: () => ask(takeBack()),
  more: (button) => more(button.closest(".turn")),
  undo: () => write(takeBack()),
  up: (button) => think(button.closest(".turn"), "up", ""),
  down: (button) => toggleWhy(button.closest(".turn"), button.getAttribute("aria-expanded") !== "true"),
};

async function press(event) {
  const anchor = event.target.closest("a[data-read]");
  if (anchor && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    return follow(anchor);
  }
  const button = event.target.closest("button");
  if (!button) return undefined;
  const { act, example, export: form, lang, speaker } = button.dataset;
  if (byId[button.id]) return byId[button.id]();
  if (byAct[act]) return byAct[act](button);
  if (cardActions[act]) return cardActions[act](button.closest(".card"));
  if (form) return save(form);
  if (lang) return switchLanguage(lang);
  if (speaker) return askSpeaker(button);
  return example === undefined ? undefined : ask(button.textContent);
}

async function submit(event) {
  event.preventDefault();
  const form = event.target;
  if (form.id === "composer") {
    const question = $("#question").value;
    if (state.busy) return;
    if (!question.trim()) throw new Error(t("error_empty"));
    write("");
    await ask(question);
  } else {
    const detail = form.elements.detail.value.trim();
    toggleWhy(form.closest(".turn"), false);
    await think(form.closest(".turn"), "down", form.elements.reason.value + (detail ? `: ${detail}` : ""));
  }
}

function escape() {
  if (!$("#filters").hidden) {
    toggleFilters(false);
    $("#filter-button").focus();
  } else if ($("#side").classList.contains("open")) {
    toggleSide(false);
    $("#menu").focus();
  } else {
    closeReader();
  }
}

function type(event) {
  const { target, key } = event;
  const writing = /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  if (key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    showTab("chat");
    $("#question").focus();
  } else if (key === "Escape") {
    escape();
  } else if (key === "Enter" && target.id === "question" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("#composer").requestSubmit();
  } else if (key === "Enter" && target.closest("#filters input")) {
    event.preventDefault();
    addFilter(target);
  } else if (target.role === "tab" && (key === "ArrowLeft" || key === "ArrowRight")) {
    const other = $(target.id === "tab-chat" ? "#tab-library" : "#tab-chat");
    other.click();
    other.focus();
  }
}

function listen(element) {
  const safely = (action) => (event) => action(event)?.catch(fail);
  element.addEventListener("click", safely(press));
  element.addEventListener("submit", safely(submit));
  element.addEventListener("reset", ({ target }) => toggleWhy(target.closest(".turn"), false));
  element.addEventListener("input", ({ target }) => {
    if (target.id === "question") grow(target);
    if (target.id === "library-search") searchLibrary(target.value);
  });
  element.addEventListener("change", ({ target }) => {
    if (target.closest("#filters")) addFilter(target);
    if (target.id === "files") add([...target.files]).catch(fail);
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    element.addEventListener(name, (event) => {
      const place = event.target.closest("#drop");
      if (!place) return;
      event.preventDefault();
      place.classList.toggle("over", name === "dragover");
      if (name === "drop") add([...event.dataTransfer.files]).catch(fail);
    });
  }
  document.addEventListener("keydown", type);
  addEventListener("popstate", () => {
    const link = linkOf(new URLSearchParams(location.search));
    if (link) read({ link, question: "", history: [] }).catch(fail);
    else if (state.reading) hideReader();
  });
}

export async function start(element, server) {
  const query = new URLSearchParams(location.search);
  const shared = query.getAll("q");
  const link = linkOf(query);
  const last = kept("chats", []).find((one) => one.id === sessionStorage.getItem("statement-qa.chat"));
  Object.assign(state, {
    element,
    server,
    lang: kept("lang", navigator.language.toLowerCase().startsWith("ru") ? "ru" : "en"),
    filters: filtersOf(query),
    chat: shared.length ? newChat() : (last ?? newChat()),
    reading: link && { link, question: "", history: [] },
  });
  listen(element);
  try {
    await draw();
    for (const question of shared) await ask(question);
    if (shared.length) history.replaceState(null, "", address());
    if (!link) $("#question").focus();
  } catch (error) {
    if (!$("#toast")) throw error;
    fail(error);
  }
}
