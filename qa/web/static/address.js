// The address of the page: filters, links to paragraphs and quotes.

import { $, fail, node, state, t } from "./shared.js";

export const noFilters = () => ({ statements: [], speakers: [], since: null, until: null });

export function address(link) {
  const query = new URLSearchParams(link);
  for (const id of state.filters.statements) query.append("statement", id);
  for (const name of state.filters.speakers) query.append("speaker", name);
  if (state.filters.since) query.set("since", state.filters.since);
  if (state.filters.until) query.set("until", state.filters.until);
  return `${location.pathname}${query.size ? `?${query}` : ""}`;
}

export function filtersOf(query) {
  return {
    statements: query.getAll("statement"), speakers: query.getAll("speaker"),
    since: query.get("since"), until: query.get("until"),
  };
}

export function linkOf(query) {
  return query.get("s") ? Object.fromEntries(["s", "p", "c", "h"].filter((k) => query.has(k)).map((k) => [k, query.get(k)])) : null;
}

export function setFilters(changed) {
  state.filters = { ...state.filters, ...changed };
  history.replaceState(null, "", address(state.reading?.link));
  drawChips();
}

export function drawChips() {
  const chip = (kind, value, without) => {
    const name = kind === "statement" ? (state.titles[value] ?? value) : value;
    const label = t(`chip_${kind}`, { name });
    const button = node("button", { type: "button", title: label, ariaLabel: t("filter_remove", { name: label }) }, label);
    button.addEventListener("click", () => { setFilters(without); $("#question").focus(); });
    return node("span", { className: "chip" }, button);
  };
  const others = (list, value) => list.filter((one) => one !== value);
  $("#chips").replaceChildren(
    ...state.filters.statements.map((id) => chip("statement", id, { statements: others(state.filters.statements, id) })),
    ...state.filters.speakers.map((name) => chip("speaker", name, { speakers: others(state.filters.speakers, name) })),
    ...(state.filters.since ? [chip("since", state.filters.since, { since: null })] : []),
    ...(state.filters.until ? [chip("until", state.filters.until, { until: null })] : []),
  );
}

export function addFilter(field) {
  const value = field.value.trim();
  if (!value) return;
  if (field.name === "statement") setFilters({ statements: [...new Set([...state.filters.statements, value])] });
  else if (field.name === "speaker") setFilters({ speakers: [...new Set([...state.filters.speakers, value])] });
  else if (/^\d{4}-\d\d-\d\d$/.test(value) && new Date(value).toJSON()?.startsWith(value)) setFilters({ [field.name]: value });
  else return fail(new Error(t("filter_date_wrong", { name: value })));
  field.value = "";
}

export function toggleFilters(open = $("#filters").hidden) {
  $("#filters").hidden = !open;
  $("#filter-button").setAttribute("aria-expanded", String(open));
  if (open) $("#filters select").focus();
}
