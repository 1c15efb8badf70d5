import { type ReactNode, useEffect, useState } from "react"
import { Icon } from "../shell/icons"
import { fail, say } from "../shell/toast"
import { t } from "../text"

const settled = 250 // milliseconds in which a block does not grow before it is coloured
const largest = 60_000

/** Code with its colours, once it is whole, and a button that copies it. */
export function Code({ text, lang }: { text: string; lang: string }) {
  const [coloured, setColoured] = useState<{ text: string; nodes: ReactNode } | null>(null)
  useEffect(() => {
    if (!lang || text.length > largest) return
    let on = true
    const timer = setTimeout(async () => {
      const { highlight } = await import("./highlight")
      const nodes = highlight(text, lang)
      if (on && nodes) setColoured({ text, nodes })
    }, settled)
    return () => {
      on = false
      clearTimeout(timer)
    }
  }, [text, lang])
  return (
    <figure className="code">
      <pre tabIndex={0} dir="ltr">
        <code>{coloured?.text === text ? coloured.nodes : text}</code>
      </pre>
      <button
        type="button"
        className="plain"
        aria-label={t.copyCode}
        onClick={() =>
          navigator.clipboard.writeText(text).then(
            () => say(t.copied),
            () => fail(t.copyFailed),
          )
        }
      >
        <Icon name="copy" />
      </button>
    </figure>
  )
}
