import katex from "katex"

/** draw replaces what is in an element by a formula. What KaTeX refuses stays as written. */
export function draw(tex: string, into: HTMLElement, display: boolean) {
  const made = document.createElement("span")
  try {
    katex.render(tex, made, { output: "mathml", displayMode: display, throwOnError: true, trust: false, maxExpand: 200, maxSize: 20, strict: "ignore" })
  } catch {
    return
  }
  into.replaceChildren(...made.childNodes)
}
