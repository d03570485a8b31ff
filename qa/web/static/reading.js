// The reading view of one statement.

import { address, linkOf } from "./address.js";
import { $, call, state } from "./shared.js";

export async function read(wanted) {
  const reply = await call("read", { ...wanted.link, question: wanted.question, history: wanted.history });
  const reader = $("#reader");
  reader.innerHTML = reply.html;
  reader.hidden = false;
  $(".app").classList.add("with-reader");
  state.reading = wanted;
  const place = reader.querySelector("#reading-quote") ?? reader.querySelector(`#p-${reply.paragraph ?? 0}`);
  place?.scrollIntoView({ block: "center" });
  reader.querySelector("h2").focus({ preventScroll: true });
}

export async function follow(anchor) {
  const link = linkOf(new URL(anchor.href).searchParams);
  const section = anchor.closest("[data-turn]");
  const inside = anchor.closest("#reader") && state.reading;
  let asked = { question: "", history: [] };
  if (section) {
    const { answer, history: earlier } = state.chat.turns[section.dataset.turn];
    asked = { question: answer.question, history: earlier };
  } else if (inside) {
    asked = { question: inside.question, history: inside.history };
  }
  if (!inside) state.opener = anchor;
  await read({ link, ...asked });
  history.pushState(null, "", address(link));
}

export function hideReader() {
  state.reading = null;
  $("#reader").hidden = true;
  $(".app").classList.remove("with-reader");
  (state.opener?.isConnected ? state.opener : $("#question")).focus();
}

export function closeReader() {
  if (!state.reading) return;
  hideReader();
  history.pushState(null, "", address());
}
