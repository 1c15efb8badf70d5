import { useInfiniteQuery } from "@tanstack/react-query"
import { Link, useNavigate } from "@tanstack/react-router"
import { useDeferredValue, useState } from "react"
import { running } from "../live/running"
import { useStore } from "../live/store"
import { Fault } from "../shell/Fault"
import { Icon } from "../shell/icons"
import { move } from "../shell/keys"
import { t } from "../text"
import { conversationsQuery, leaving, type Listed } from "./data"
import "./list.css"

/** All conversations, the newest first, with those that are pinned before them. */
export default function List({ at }: { at?: string }) {
  const [text, setText] = useState("")
  const q = useDeferredValue(text.trim())
  const found = useInfiniteQuery(conversationsQuery(q))
  const gone = useStore(leaving)
  const navigate = useNavigate()
  const list = (found.data ?? []).filter((c) => !gone.has(c.id))
  return (
    <div className="conversations">
      <div className="find">
        <input className="field" type="search" aria-label={t.searchConversations} placeholder={t.searchConversations} value={text} onChange={(e) => setText(e.target.value)} />
        <Link to="/" className="plain" aria-label={t.newConversation}>
          <Icon name="plus" />
        </Link>
      </div>
      <div className="scroll" onKeyDown={move}>
        {found.error && <Fault error={found.error} retry={() => void found.refetch()} />}
        {found.isSuccess && !list.length && (
          <div className="empty">
            <h2>{q ? t.noMatch : t.noConversations}</h2>
            {!q && <p>{t.noConversationsHint}</p>}
          </div>
        )}
        {groups(list).map(([name, of]) => (
          <section key={name} aria-label={name}>
            <h2>{name}</h2>
            <ul>
              {of.map((c) => (
                <Row key={c.id} c={c} here={c.id === at} />
              ))}
            </ul>
          </section>
        ))}
        {found.hasNextPage && (
          <button type="button" className="button" disabled={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            {t.more}
          </button>
        )}
        {q && (
          <button type="button" className="button" onClick={() => void navigate({ to: "/search", search: { q } })}>
            {t.paletteSearch(q)}
          </button>
        )}
      </div>
    </div>
  )
}

function Row({ c, here }: { c: Listed; here: boolean }) {
  const works = useStore(running).has(c.id)
  return (
    <li>
      <Link to="/c/$id" params={{ id: c.id }} search={c.message ? { m: c.message } : {}} aria-current={here ? "true" : undefined} data-move>
        {works && <span className="pulse" role="img" aria-label={t.runs} />}
        <span>
          <bdi>{c.title}</bdi>
          {c.snippet && <small>{c.snippet}</small>}
        </span>
      </Link>
    </li>
  )
}

const day = 86_400_000

function groups(list: Listed[]): [string, Listed[]][] {
  const midnight = new Date().setHours(0, 0, 0, 0)
  const name = (c: Listed) =>
    c.pinned ? t.pinned : c.updated >= midnight ? t.today : c.updated >= midnight - day ? t.yesterday : c.updated >= midnight - 6 * day ? t.week : t.earlier
  const order = [t.pinned, t.today, t.yesterday, t.week, t.earlier]
  const by = Map.groupBy(list, name)
  return order.filter((n) => by.has(n)).map((n) => [n, by.get(n)!])
}
