import { Link } from "@tanstack/react-router"
import { useStore } from "../live/store"
import { permissions } from "../live/permissions"
import { t } from "../text"
import { Icon, type IconName } from "./icons"

const screens: { to: string; name: string; icon: IconName; also?: string[] }[] = [
  { to: "/", name: t.ask, icon: "ask", also: ["/c/", "/conversations"] },
  { to: "/search", name: t.search, icon: "search" },
  { to: "/library", name: t.library, icon: "library" },
  { to: "/memories", name: t.memories, icon: "memories" },
  { to: "/system", name: t.system, icon: "system" },
]

/** The screens: a rail on a desk, a bar at the bottom of a phone. */
export function Rail({ at }: { at: string }) {
  const waiting = useStore(permissions).length
  return (
    <nav className="rail" aria-label={t.main}>
      {screens.map((s) => {
        const here = s.to === "/" ? at === "/" || s.also!.some((p) => at.startsWith(p)) : at.startsWith(s.to)
        return (
          <Link key={s.to} to={s.to} aria-current={here ? "page" : undefined} data-here={here || undefined}>
            <Icon name={s.icon} />
            <span>{s.name}</span>
            {s.to === "/" && waiting > 0 && <b className="badge">{waiting}</b>}
          </Link>
        )
      })}
    </nav>
  )
}
