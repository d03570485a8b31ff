// The conversation: asking, taking back, keeping in the browser, thumbs, files.

import { address } from "./address.js";
import { $, call, fail, keep, kept, node, say, showTab, state, t } from "./shared.js";

const KEEP_CHATS = 50;
const MORE = 5;
const MOST_QUOTES = 50;

export const newChat = () => ({ id: crypto.getRandomValues(new Uint32Array(2)).join("-"), turns: [] });

export const questions = () => state.chat.turns.map((turn) => turn.answer.question);

export async function ask(question) {
  if (state.busy || !question.trim()) return;
  state.busy = true;
  const number = state.chat.turns.length;
  const asked = state.chat;
  const waiting = node("section", { className: "turn waiting" }, node("h2", { className: "question", dir: "auto" }, question), node("p", { className: "lead" }, t("asking")));
  $("#turns").append(waiting);
  $("#intro").hidden = true;
  $("#announce").textContent = t("asking");
  waiting.scrollIntoView({ block: "start" });
  try {
    await state.ready;
    const reply = await call("ask", { question, number, filters: state.filters, history: questions() });
    asked.turns.push(reply.turn);
    keepChat(asked);
    if (asked !== state.chat) return;
    if (waiting.isConnected) waiting.outerHTML = reply.html;
    else await drawTurns();
    const shown = $(`#turns [data-turn="${number}"]`);
    $("#announce").textContent = shown.querySelector(".lead").textContent;
    shown.scrollIntoView({ block: "start" });
  } catch (error) {
    waiting.remove();
    $("#intro").hidden = state.chat.turns.length > 0;
    if (!$("#question").value) write(question);
    fail(error);
  } finally {
    state.busy = false;
  }
}

export async function more(section) {
  const { chat } = state;
  const number = Number(section.dataset.turn);
  const { answer, filters, history } = chat.turns[number];
  const shown = answer.quotes.length;
  const quotes = Math.min(shown + MORE, MOST_QUOTES);
  const reply = await call("ask", { question: answer.question, number, filters, history, quotes });
  chat.turns[number] = reply.turn;
  keepChat(chat);
  if (section.isConnected) section.outerHTML = reply.html;
  $(`#card-${number}-${shown + 1}`)?.querySelector("a").focus();
}

export function write(question) {
  const field = $("#question");
  field.value = question;
  grow(field);
  field.focus();
}

export function grow(field) {
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight + 2, 200)}px`;
}

export function takeBack() {
  const turn = state.chat.turns.pop();
  $("#turns").lastElementChild.remove();
  $("#intro").hidden = state.chat.turns.length > 0;
  keepChat();
  return turn.answer.question;
}

export async function drawTurns() {
  let html = "";
  try {
    if (state.chat.turns.length) ({ html } = await call("show", { turns: state.chat.turns }));
  } catch (error) { // Kept by another version, perhaps; it stays in the list, and a new one begins.
    state.chat = newChat();
    fail(error);
  }
  $("#intro").hidden = state.chat.turns.length > 0;
  $("#turns").innerHTML = html;
}

export function keepChat(chat = state.chat) {
  const rest = kept("chats", []).filter((one) => one.id !== chat.id);
  keep("chats", chat.turns.length ? [chat, ...rest].slice(0, KEEP_CHATS) : rest);
  sessionStorage.setItem("statement-qa.chat", state.chat.id);
  drawChats();
}

export function drawChats() {
  const chats = kept("chats", []);
  $("#no-chats").hidden = chats.length > 0;
  $("#chats").replaceChildren(...chats.map((one) => {
    const name = one.turns[0].answer.question;
    const open = node("button", { type: "button", className: "chat", title: name, dir: "auto" }, name);
    if (one.id === state.chat.id) open.setAttribute("aria-current", "true");
    open.addEventListener("click", () => openChat(one).catch(fail));
    const forget = node("button", { type: "button", className: "forget", ariaLabel: t("history_delete", { name }) }, "×");
    forget.addEventListener("click", () => {
      keep("chats", chats.filter((other) => other.id !== one.id));
      if (one.id === state.chat.id) openChat(newChat()).catch(fail);
      else drawChats();
    });
    return node("li", {}, open, forget);
  }));
}

export async function openChat(one) {
  state.chat = one;
  sessionStorage.setItem("statement-qa.chat", state.chat.id);
  toggleSide(false);
  showTab("chat");
  drawChats();
  await drawTurns();
  $("#question").focus();
}

export function toggleSide(open = !$("#side").classList.contains("open")) {
  $("#side").classList.toggle("open", open);
  $("#menu").setAttribute("aria-expanded", String(open));
}

export async function think(section, thumb, reason) {
  const { answer, filters: on, history } = state.chat.turns[section.dataset.turn];
  const shown = answer.quotes.length ? answer.quotes : answer.nearest;
  const feedback = {
    question: answer.question, language: answer.language, verdict: answer.verdict, thumb, reason,
    receipts: shown.map((quote) => quote.receipt), filters: on, history,
  };
  say((await call("opinion", { feedback })).text);
  for (const one of ["up", "down"]) section.querySelector(`[data-act=${one}]`).setAttribute("aria-pressed", String(one === thumb));
}

export function toggleWhy(section, open) {
  const form = section.querySelector(".why");
  form.hidden = !open;
  section.querySelector("[data-act=down]").setAttribute("aria-expanded", String(open));
  if (!open) return;
  form.querySelector("input").focus({ preventScroll: true });
  form.scrollIntoView({ block: "nearest" });
}

export async function save(form) {
  const file = await call("export", { form, turns: state.chat.turns });
  const url = URL.createObjectURL(new Blob([file.text], { type: file.type }));
  node("a", { href: url, download: file.name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
