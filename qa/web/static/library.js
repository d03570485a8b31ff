// The library tab: adding, removing, searching.

import { $, $$, call, fail, node, request, t } from "./shared.js";
import { fill } from "./status.js";

const UPLOAD_LIMIT = 20_000_000;

export async function drawLibrary() {
  $("#panel-library").innerHTML = (await call("library")).html;
}

export async function changeLibrary(action, data) {
  const reply = await call(action, data);
  const uploads = [...($("#uploads")?.children ?? [])];
  await drawLibrary();
  $("#uploads").append(...uploads);
  fill(await request("status"));
  return reply;
}

export async function remove(id) {
  const reply = await changeLibrary("remove", { id });
  const undo = node("button", { type: "button" }, t("library_restore"));
  const line = node("li", {}, `${reply.text} `, undo);
  undo.addEventListener("click", async () => {
    try { line.replaceChildren((await changeLibrary("restore", { id })).text); } catch (error) { fail(error); }
  });
  $("#uploads").append(line);
  undo.focus();
}

export async function add(files) {
  for (const file of files) {
    const text = node("span", {}, t("library_adding", { name: file.name }));
    const bar = node("progress", { ariaLabel: file.name });
    const line = node("li", {}, text, bar);
    $("#uploads").append(line);
    const watch = setInterval(async () => {
      const { done, total } = (await request("status")) ?? {};
      if (total) Object.assign(bar, { max: total, value: done });
      if (total) text.textContent = t("library_indexing", { name: file.name, done, total });
    }, 500);
    try {
      if (file.size > UPLOAD_LIMIT) throw new Error(t("refusal_size"));
      const url = await new Promise((done, refuse) => {
        const reader = new FileReader();
        Object.assign(reader, { onload: () => done(reader.result), onerror: () => refuse(reader.error) });
        reader.readAsDataURL(file);
      });
      const reply = await changeLibrary("add", { name: file.name, data: url.slice(url.indexOf(",") + 1) });
      text.textContent = reply.text;
    } catch (error) {
      line.classList.add("error");
      text.textContent = `${file.name}: ${error.message}`;
    } finally {
      clearInterval(watch);
      bar.remove();
    }
  }
}

export function searchLibrary(words) {
  const rows = $$(".statements li");
  for (const row of rows) row.hidden = !row.dataset.title.toLowerCase().includes(words.trim().toLowerCase());
  $(".none").hidden = rows.some((row) => !row.hidden);
}
