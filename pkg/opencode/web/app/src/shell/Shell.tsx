import { Outlet, useNavigate, useRouterState } from "@tanstack/react-router"
import { lazy, Suspense, useEffect, useState } from "react"
import { useStore } from "../live/store"
import { stream } from "../live/stream"
import { t } from "../text"
import { Rail } from "./Rail"
import { Toast } from "./toast"
import "./controls.css"
import "./shell.css"

const Palette = lazy(() => import("./Palette"))

export function Shell() {
  const at = useRouterState({ select: (s) => s.location.pathname })
  const [palette, setPalette] = useState(false)
  const navigate = useNavigate()
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if ((e.ctrlKey || e.metaKey) && !e.altKey && e.key.toLowerCase() === "k") {
        e.preventDefault()
        setPalette((v) => !v)
      } else if (e.key === "/" && !e.ctrlKey && !e.metaKey && !typing(e.target)) {
        e.preventDefault()
        const field = document.querySelector<HTMLElement>("[data-slash]")
        if (field) field.focus()
        else void navigate({ to: "/search" })
      } else if (e.key === "Escape" && typing(e.target) && !e.defaultPrevented) {
        ;(e.target as HTMLElement).blur()
      }
    }
    addEventListener("keydown", onKey)
    return () => removeEventListener("keydown", onKey)
  }, [navigate])
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {t.skip}
      </a>
      <Rail at={at} />
      <main id="content" tabIndex={-1}>
        <Outlet />
      </main>
      <Toast />
      {palette && (
        <Suspense>
          <Palette onClose={() => setPalette(false)} />
        </Suspense>
      )}
    </div>
  )
}

export function typing(at: EventTarget | null): boolean {
  return at instanceof HTMLElement && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName))
}

/** What is wrong with the connection, if something is. */
export function Strip() {
  const link = useStore(stream.link)
  const [online, setOnline] = useState(navigator.onLine)
  useEffect(() => {
    const f = () => setOnline(navigator.onLine)
    addEventListener("online", f)
    addEventListener("offline", f)
    return () => {
      removeEventListener("online", f)
      removeEventListener("offline", f)
    }
  }, [])
  if (link === "denied") {
    return (
      <div className="strip" role="alert">
        <span>
          <b>{t.denied}.</b> {t.deniedHint}
        </span>
        <button type="button" className="button" onClick={() => location.reload()}>
          {t.reload}
        </button>
      </div>
    )
  }
  if (!online) return <div className="strip" role="status">{t.offline}</div>
  if (link === "lost") return <div className="strip" role="status">{t.lost}</div>
  return null
}
