// A search box with quotes for any page:
//   <script type="module" src="statement-search.js"></script>
//   <statement-search server="https://statements.example.org"></statement-search>
// Attributes: server (where `statement-qa serve` runs), k (most quotes), lang (en or ru), token (of the server, if it asks).
// Texts are set, never parsed as HTML: a statement cannot bring a script along.

const WORDS = {
  en: {
    label: "Ask the statements, in any language",
    ask: "Ask",
    wait: "Searching…",
    nothing: "The statements do not say it. The nearest passages:",
    failed: "That did not work: ",
  },
  ru: {
    label: "Спросите заявления на любом языке",
    ask: "Спросить",
    wait: "Идёт поиск…",
    nothing: "В заявлениях этого нет. Ближайшие места:",
    failed: "Не получилось: ",
  },
};

const STYLE = `
  :host { display: block; font: inherit; }
  form { display: flex; gap: .5rem; flex-wrap: wrap; }
  label { flex: 1 1 100%; }
  input { flex: 1 1 12rem; font: inherit; padding: .4rem .6rem; }
  button { font: inherit; padding: .4rem 1rem; }
  blockquote { margin: 1rem 0 .25rem; padding-inline-start: 1rem; border-inline-start: 3px solid; white-space: pre-line; }
  mark { background: #ffec99; color: #222; }
  cite { display: block; font-size: .85em; opacity: .8; }
`;

function element(name, text = "", attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

// Offsets count code points, JavaScript strings UTF-16 units: hence the array.
function quoteOf(quote) {
  const points = Array.from(quote.text);
  const block = element("blockquote", "", { lang: quote.language, dir: "auto" });
  let place = 0;
  for (const [start, stop] of quote.highlights) {
    block.append(points.slice(place, start).join(""), element("mark", points.slice(start, stop).join("")));
    place = stop;
  }
  block.append(points.slice(place).join(""));
  return block;
}

class StatementSearch extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    const words = WORDS[this.lang || document.documentElement.lang] ?? WORDS.en;
    const root = this.attachShadow({ mode: "open" });
    const form = element("form", "", { role: "search" });
    const input = element("input", "", { id: "question", type: "search", maxlength: "2000", required: "" });
    const answer = element("div", "", { "aria-live": "polite" });
    form.append(element("label", words.label, { for: "question" }), input, element("button", words.ask));
    root.append(element("style", STYLE), form, answer);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      answer.replaceChildren(element("p", words.wait));
      try {
        this.show(await this.ask(input.value), answer, words);
      } catch (error) {
        answer.replaceChildren(element("p", words.failed + error.message));
      }
    });
  }

  async ask(question) {
    const headers = { "Content-Type": "application/json" };
    if (this.getAttribute("token")) headers.Authorization = `Bearer ${this.getAttribute("token")}`;
    const body = JSON.stringify({ question, k: Number(this.getAttribute("k") ?? 3) });
    const server = this.getAttribute("server").replace(/\/$/, "");
    const response = await fetch(`${server}/api/v1/ask`, { method: "POST", headers, body });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.detail);
    return answer;
  }

  show(answer, place, words) {
    const found = answer.verdict === "answered";
    place.replaceChildren();
    if (!found) place.append(element("p", words.nothing));
    for (const quote of found ? answer.quotes : answer.nearest) {
      place.append(quoteOf(quote), element("cite", quote.citation, { lang: quote.language, dir: "auto" }));
    }
  }
}

customElements.define("statement-search", StatementSearch);
