import { useEffect, useRef } from "react"

/** A formula as MathML, which browsers draw themselves; as written until then, or where it is wrong. */
export function Maths({ tex, display }: { tex: string; display: boolean }) {
  const ref = useRef<HTMLSpanElement>(null)
  useEffect(() => {
    let on = true
    void import("./katex").then(({ draw }) => {
      if (on && ref.current) draw(tex, ref.current, display)
    })
    return () => {
      on = false
    }
  }, [tex, display])
  return (
    <span key={tex} ref={ref} className={display ? "maths display" : "maths"} dir="ltr">
      {tex}
    </span>
  )
}
