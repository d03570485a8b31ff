// Whether the assistant is open yet, and what the library holds once it is.

import { drawChips } from "./address.js";
import { $, pause, request, state, t } from "./shared.js";

export async function untilReady() {
  const line = $("#starting");
  for (;;) {
    const reply = await request("status");
    if (reply?.ready) {
      line.hidden = true;
      return fill(reply);
    }
    line.hidden = false;
    line.firstElementChild.textContent = reply?.failed ?? reply?.text ?? t("error_connection");
    const bar = line.querySelector("progress");
    bar.hidden = Boolean(reply?.failed);
    if (reply?.total) Object.assign(bar, { max: reply.total, value: reply.done });
    if (reply?.failed) throw new Error(reply.failed);
    await pause(600);
  }
}

export function fill(status) {
  $("#intro").innerHTML = status.intro;
  state.titles = Object.fromEntries(status.statements.map((one) => [one.id, one.title]));
  const options = (name, pairs) => {
    const select = $(`#filters [name=${name}]`);
    select.replaceChildren(select.options[0], ...pairs.map(([value, text]) => new Option(text, value)));
  };
  options("statement", Object.entries(state.titles));
  options("speaker", status.speakers.map((name) => [name, name]));
  drawChips();
}
