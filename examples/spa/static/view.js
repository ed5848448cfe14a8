// Elements. Texts are always text nodes: nothing that a server says becomes HTML.

/** `element("p", { class: "soft" }, "text", child, …)` */
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) {
      node.addEventListener(key.slice(2), value);
    } else if (value !== false && value != null) {
      node.setAttribute(key, value === true ? "" : value);
    }
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

export function alert(error) {
  const code = error.code ? ` (${error.code})` : "";
  return element("p", { class: "alert", role: "alert" }, `${error.message}${code}`);
}

/** The two letters that stand for a name. */
export function initials(name) {
  const words = (name ?? "").trim().split(/\s+/u).filter(Boolean);
  const letters = [words.at(0), words.length > 1 ? words.at(-1) : ""].map((word) => [...(word ?? "")].at(0) ?? "");
  return letters.join("").toUpperCase() || "?";
}

/** Values as a table of two columns; nested ones as JSON. */
export function facts(values) {
  const rows = Object.entries(values).map(([name, value]) => {
    const text = typeof value === "object" && value !== null ? JSON.stringify(value, null, 2) : String(value);
    const cell = text.includes("\n") ? element("pre", {}, text) : text;
    return element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, cell));
  });
  return element("table", { class: "facts" }, element("tbody", {}, ...rows));
}
