import { useMemo } from "react"
import type { System, UnitState } from "../api/types"
import { moment, t } from "../text"
import { layout } from "./layout"

const wide = 190
const high = 62
const gapX = 46
const gapY = 14

const short = (name: string) => name.replace(/\.service$/, "")

/** tone says how a unit is, in one of four ways. */
export function tone(u: UnitState): string {
  if (!u.installed) return "off"
  if (u.active === "failed") return "bad"
  if (u.active === "active") return "ok"
  return u.active === "inactive" ? "off" : "on"
}

/** The units in their order of start: drawn on a desk, listed on a phone and for who reads by ear. */
export function Graph({ s, onUnit }: { s: System; onUnit?: (unit: string) => void }) {
  const l = useMemo(() => layout(s), [s])
  const at = new Map(l.places.map((p) => [p.name, { x: p.column * (wide + gapX), y: p.row * (high + gapY) }]))
  return (
    <section className="group">
      <h2>{s.mode === "local" ? t.services : t.bootGraph}</h2>
      {s.note && <p className="small soft">{s.note}</p>}
      {s.units.length > 0 && (
      <div className="graph" aria-hidden="true">
        <svg viewBox={`-2 -2 ${l.columns * (wide + gapX) - gapX + 4} ${l.rows * (high + gapY) - gapY + 4}`} width={l.columns * (wide + gapX)}>
          {s.edges.map((e, i) => {
            const a = at.get(e.kind === "triggers" ? e.from : e.to)
            const b = at.get(e.kind === "triggers" ? e.to : e.from)
            if (!a || !b || b.x <= a.x) return null
            const x = a.x + wide
            const y = a.y + high / 2
            const y2 = b.y + high / 2
            const mid = b.x - gapX / 2
            return <path key={i} className={`edge ${e.kind}`} d={`M${x} ${y} L${mid - 8} ${y} C${mid} ${y} ${mid} ${y2} ${mid + 8} ${y2} L${b.x} ${y2}`} />
          })}
          {s.units.map((u) => {
            const p = at.get(u.name)!
            return (
              <g key={u.name} transform={`translate(${p.x} ${p.y})`} data-tone={tone(u)}>
                <rect width={wide} height={high} rx="12" />
                <circle cx="16" cy="21" r="4.5" />
                <text x="30" y="26">
                  {short(u.name)}
                </text>
                <text x="16" y="47" className="line">
                  {(u.sub && u.sub !== u.active ? `${u.active} (${u.sub})` : u.active).slice(0, 26)}
                </text>
              </g>
            )
          })}
        </svg>
      </div>
      )}
      <ul className="units">
        {s.units.map((u) => (
          <li key={u.name} data-tone={tone(u)}>
            <p>
              <b>{short(u.name)}</b>{" "}
              <span className="tag" data-tone={tone(u)}>
                {u.installed ? u.active : t.notInstalled}
              </span>{" "}
              {onUnit && u.installed && (
                <button type="button" className="link" onClick={() => onUnit(u.name)}>
                  {t.journal}
                  <span className="unseen"> {u.name}</span>
                </button>
              )}
            </p>
            <p className="small soft">
              {u.status || u.description}
              {u.since && ` · ${t.since(moment(u.since))}`}
              {u.restarts ? ` · ${t.restarts(u.restarts)}` : ""}
              {u.next_run && ` · ${t.nextRun(moment(u.next_run))}`}
            </p>
            {u.unmet?.map((c) => (
              <p key={c} className="small warn">
                {c}
              </p>
            ))}
          </li>
        ))}
      </ul>
    </section>
  )
}
