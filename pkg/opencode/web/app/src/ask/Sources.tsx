import { Link } from "@tanstack/react-router"
import type { Citation, Part } from "../api/types"
import { Icon } from "../shell/icons"
import { moment, t } from "../text"

/** sourcesOf returns what the parts of an answer cite or were given, by number. */
export function sourcesOf(parts: Part[]): Map<number, Citation> {
  const out = new Map<number, Citation>()
  for (const p of parts) {
    const list = p.metadata?.sources
    if (Array.isArray(list)) for (const c of list as Citation[]) out.set(c.n, c)
  }
  return out
}

/** place shows where a document is: its host and path, or its folder and file. */
export function place(link: string): string {
  try {
    const u = new URL(link)
    return u.protocol === "file:" ? decodeURIComponent(u.pathname) : u.host + decodeURI(u.pathname).replace(/\/$/, "")
  } catch {
    return link
  }
}

/** opened is what the address says when a passage is open beside a conversation. */
export function opened(c: Citation): { read: string; passage?: string } {
  const at = c.passage ?? (c.link.split("#")[1] ? `#${c.link.split("#")[1]}` : undefined)
  return { read: c.uri, passage: at }
}

export function Chip({ c }: { c: Citation }) {
  return (
    <Link to="." search={(s: object) => ({ ...s, ...opened(c) }) as never} className="chip" aria-label={t.sourceN(c.n, c.title)} title={c.title} resetScroll={false}>
      {c.n}
    </Link>
  )
}

export function SourceCards({ sources }: { sources: Citation[] }) {
  if (!sources.length) return null
  return (
    <ol className="cards" aria-label={t.sources}>
      {sources.map((c) => (
        <li key={c.n}>
          <Link to="." search={(s: object) => ({ ...s, ...opened(c) }) as never} resetScroll={false}>
            <b>{c.n}</b>
            <span>
              <bdi>{c.title}</bdi>
              <small>
                {place(c.link || c.uri)}
                {c.read && ` · ${t.readAt(moment(c.read))}`}
              </small>
            </span>
          </Link>
          {/^https?:/.test(c.link) && (
            <a className="plain" href={c.link} target="_blank" rel="noopener noreferrer nofollow" aria-label={`${t.original}: ${c.title}`}>
              <Icon name="out" />
            </a>
          )}
        </li>
      ))}
    </ol>
  )
}
