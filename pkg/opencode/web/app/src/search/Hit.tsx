import { Link } from "@tanstack/react-router"
import type { SearchHit } from "../api/types"
import { place } from "../ask/Sources"
import { Markdown } from "../markdown/Markdown"
import { moment, t } from "../text"

/** One passage, with where it is from. */
export function Hit({ hit: h, explain }: { hit: SearchHit; explain: boolean }) {
  const path = (h.headings ?? []).filter((x) => x !== h.title)
  return (
    <li className="hit">
      <Link to="/read" search={{ uri: h.uri, passage: h.id }} data-move>
        <bdi>{h.title}</bdi>
        {path.length > 0 && <span className="soft"> › {path.join(" › ")}</span>}
      </Link>
      <p className="small soft">
        <bdi>{place(h.link || h.uri)}</bdi> · {h.source}
        {h.version && ` · ${h.version}`}
        {h.read && ` · ${t.readAt(moment(h.read))}`}
      </p>
      <div className="text">
        <Markdown text={h.text} />
      </div>
      {h.editions && h.editions.length > 0 && <p className="small soft">{t.alsoIn(h.editions.map((e) => e.version).join(", "))}</p>}
      {explain && h.why && <p className="small why">{h.why}</p>}
    </li>
  )
}
