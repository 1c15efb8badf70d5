import { Link, useNavigate, useSearch } from "@tanstack/react-router"
import { lazy, type ReactNode, Suspense } from "react"
import { Icon } from "../shell/icons"
import { Strip } from "../shell/Shell"
import { t } from "../text"
import "./ask.css"

const List = lazy(() => import("../conversations/List"))
const Reader = lazy(() => import("../reader/Reader"))

/** A question box with the list of conversations before it, and a document beside it where one is open. */
export function Frame({ title, at, bar, children }: { title: ReactNode; at?: string; bar?: ReactNode; children: ReactNode }) {
  const { read, passage } = useSearch({ strict: false }) as { read?: string; passage?: string }
  const navigate = useNavigate()
  return (
    <div className="ask" data-reading={read ? true : undefined}>
      <aside className="side" aria-label={t.conversations}>
        <Suspense>
          <List at={at} />
        </Suspense>
      </aside>
      <section className="talk">
        <div>
          <header className="bar">
            <Link to="/conversations" className="plain lists" aria-label={t.conversations}>
              <Icon name="list" />
            </Link>
            <h1>{title}</h1>
            {bar}
            <Link to="/" className="plain" aria-label={t.newConversation} disabled={!at}>
              <Icon name="plus" />
            </Link>
          </header>
          <Strip />
        </div>
        {children}
      </section>
      {read && (
        <aside className="beside">
          <Suspense>
            <Reader
              uri={read}
              passage={passage}
              onClose={() => {
                if (history.length > 1) history.back()
                else void navigate({ to: ".", search: {} })
              }}
            />
          </Suspense>
        </aside>
      )}
    </div>
  )
}
