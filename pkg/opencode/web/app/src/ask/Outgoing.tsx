import { discard, flush, outbox } from "../live/outbox"
import { useStore } from "../live/store"
import { t } from "../text"

/** Questions that the server does not have yet. */
export function Outgoing({ of, there }: { of: string; there: string[] }) {
  const list = useStore(outbox).filter((w) => w.session === of && !there.includes(w.id))
  return list.map((w) => (
    <article key={w.id} className="question" aria-label={t.you}>
      <div className="bubble" dir="auto" data-waiting>
        {w.parts.map((p) => p.text ?? p.filename).join("\n")}
      </div>
      <div className="deeds" role={w.fault ? "alert" : undefined}>
        {w.fault ? (
          <>
            <span className="small warn">
              {t.notSent}: {w.fault}
            </span>
            <button type="button" className="button" onClick={() => discard(w.id)}>
              {t.discard}
            </button>
          </>
        ) : (
          <>
            <span className="small soft">{t.waiting}</span>
            {!navigator.onLine && (
              <button type="button" className="button" onClick={() => discard(w.id)}>
                {t.discard}
              </button>
            )}
            {navigator.onLine && Date.now() - w.created > 15_000 && (
              <button type="button" className="button" onClick={() => void flush()}>
                {t.retry}
              </button>
            )}
          </>
        )}
      </div>
    </article>
  ))
}
