import type { ReactNode } from "react"
import { useTitle } from "./title"
import { Strip } from "./Shell"

/** A screen with a bar and what scrolls below it. */
export function Screen({ title, before, bar, className, children }: { title: string; before?: ReactNode; bar?: ReactNode; className?: string; children: ReactNode }) {
  useTitle(title)
  return (
    <section className={`screen ${className ?? ""}`}>
      <div>
        <header className="bar">
          {before}
          <h1>{title}</h1>
          {bar}
        </header>
        <Strip />
      </div>
      {className === "bare" ? children : <div className="scroll">{children}</div>}
    </section>
  )
}
