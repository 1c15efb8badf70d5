import type { Element, Root, Text } from "hast"
import { common, createLowlight } from "lowlight"
import type { ReactNode } from "react"

const low = createLowlight(common)

/** highlight returns text with its colours, or null where the language is not known. */
export function highlight(text: string, lang: string): ReactNode {
  if (!low.registered(lang)) return null
  return nodes(low.highlight(lang, text))
}

function nodes(parent: Root | Element): ReactNode[] {
  return parent.children.map((n, i) => {
    if (n.type === "element") {
      const c = n.properties.className
      return (
        <span key={i} className={Array.isArray(c) ? c.join(" ") : undefined}>
          {nodes(n)}
        </span>
      )
    }
    return (n as Text).value
  })
}
