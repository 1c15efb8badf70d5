import { kept, Store } from "../live/store"

export type Theme = "" | "light" | "dark"

export const theme = new Store<Theme>("")

/** setTheme follows the system where it is "". */
export function setTheme(v: Theme) {
  kept.set("theme", v)
  apply(v)
}

function apply(v: Theme) {
  if (v) document.documentElement.dataset.theme = v
  else delete document.documentElement.dataset.theme
  theme.set(v)
}

export function startTheme() {
  const v = kept.get("theme")
  apply(v === "light" || v === "dark" ? v : "")
}
