import { Link } from "@tanstack/react-router"
import type { Overview } from "../api/types"
import { t } from "../text"

/** What the knowledge base has, three questions from it, or the one thing to do first. */
export function Known({ overview: o, onAsk }: { overview?: Overview; onAsk: (text: string) => void }) {
  if (!o) return <p>{t.greetingHint}</p>
  const to = o.next?.kind === "model" ? "/system" : "/library"
  return (
    <>
      <p>{o.documents > 0 ? t.known(o.documents, o.sources, o.last_read, o.failed) : t.greetingHint}</p>
      {o.embedding.total > 0 && !o.embedding.problem && o.embedding.done < o.embedding.total && <p className="small num">{t.embedding(o.embedding.done, o.embedding.total)}</p>}
      {o.next && (
        <div className="card next">
          <p>{o.next.text}</p>
          {o.next.hint && <p className="small soft">{o.next.hint}</p>}
          <Link to={to as "/"} className="button primary">
            {o.next.kind === "model" ? t.system : t.library}
          </Link>
        </div>
      )}
      {o.starters?.length > 0 && (
        <ul className="starters">
          {o.starters.slice(0, 3).map((s) => (
            <li key={s.uri + s.question}>
              <button type="button" onClick={() => onAsk(s.question)}>
                <bdi>{s.question}</bdi>
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
