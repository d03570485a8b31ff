// What can be done with a quote card: copy, link, verify.

import { call, node, say, state, t } from "./shared.js";

export async function copy(text, done) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = node("textarea", { value: text, className: "sr" });
    state.element.append(field);
    field.select();
    const copied = document.execCommand("copy"); // the clipboard of a page that is not on https or localhost
    field.remove();
    if (!copied) return say(t("copy_failed"), true);
  }
  say(t(done));
}

export function quoteOf(card) {
  const { answer } = state.chat.turns[card.dataset.turn];
  return (answer.quotes.length ? answer.quotes : answer.nearest)[card.dataset.rank - 1];
}

export const cardActions = {
  copy: (card) => {
    const quote = quoteOf(card);
    return copy(`«${quote.text}»\n— ${quote.citation}\n${card.querySelector("a.title").href}`, "copied");
  },
  link: (card) => copy(card.querySelector("a.title").href, "copied_link"),
  verify: async (card) => {
    const reply = await call("verify", { receipt: quoteOf(card).receipt });
    card.querySelector(".verified").textContent = reply.text;
  },
};
