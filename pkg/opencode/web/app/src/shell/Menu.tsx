import { lazy, type ReactNode, Suspense, useState } from "react"
import type * as D from "./Dropdown"
import { Icon, type IconName } from "./icons"

// What a menu is made of comes when the first is wanted.
const load = () => import("./Dropdown")
const Real = lazy(load)
export const Item = lazy(() => load().then((m) => ({ default: m.Item })))
export const LinkItem = lazy(() => load().then((m) => ({ default: m.LinkItem })))
export const Line = lazy(() => load().then((m) => ({ default: m.Line })))
export const Choices = lazy(() => load().then((m) => ({ default: m.Choices }))) as unknown as typeof D.Choices

/** Things to do behind a button. */
export function Menu({ label, icon = "dots", children }: { label: string; icon?: IconName; children: ReactNode }) {
  const [wanted, setWanted] = useState(false)
  const button = (
    <button type="button" className="plain" aria-label={label} aria-haspopup="menu" aria-expanded="false" onPointerEnter={() => void load()} onFocus={() => void load()} onClick={() => setWanted(true)}>
      <Icon name={icon} />
    </button>
  )
  if (!wanted) return button
  return (
    <Suspense fallback={button}>
      <Real label={label} icon={icon}>
        {children}
      </Real>
    </Suspense>
  )
}
