import { type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react"
import type { Conversation } from "../live/conversation"
import { useStore } from "../live/store"
import { Icon } from "../shell/icons"
import { t } from "../text"
import { type Deeds, Turn } from "./Turn"

const atOnce = 24 // messages that are drawn first; those before them follow
const near = 80 // pixels from the end within which new text is followed

const places = new Map<string, { top: number; end: boolean; shown: number }>()

/** What was said. It follows what is written while the reader is at its end, and nowhere else. */
export function Log({ c, deeds, target, children }: { c: Conversation; deeds: Deeds; target?: string; children: ReactNode }) {
  const order = useStore(c.order)
  const busy = useStore(c.busy)
  const box = useRef<HTMLDivElement>(null)
  const inner = useRef<HTMLDivElement>(null)
  const place = places.get(c.id)
  const follow = useRef(place?.end ?? true)
  const [away, setAway] = useState(false)
  const wanted = target ? order.length - order.indexOf(target) + 4 : 0
  const [more, setMore] = useState(place?.shown ?? atOnce)
  const shown = Math.max(more, order.includes(target ?? "") ? wanted : 0)
  const before = useRef(0)

  const toEnd = useCallback(() => {
    const b = box.current
    if (b) b.scrollTop = b.scrollHeight
  }, [])
  useLayoutEffect(() => {
    if (place && !place.end && !target) box.current!.scrollTop = place.top
    else if (!target) toEnd()
    // Only when a conversation is opened.
    // eslint-disable-next-line
  }, [c])
  useEffect(() => {
    const watch = new ResizeObserver(() => follow.current && toEnd())
    watch.observe(inner.current!)
    watch.observe(box.current!)
    return () => watch.disconnect()
  }, [toEnd])
  useLayoutEffect(() => {
    if (!target || !order.includes(target)) return
    follow.current = false
    document.getElementById(target)?.scrollIntoView({ block: "start" })
  }, [target, order.length > 0]) // eslint-disable-line
  useEffect(() => {
    if (shown >= order.length) return
    const idle = window.requestIdleCallback ?? ((f: () => void) => window.setTimeout(f, 50))
    const cancel = window.cancelIdleCallback ?? clearTimeout
    const id = idle(() => {
      before.current = box.current!.scrollHeight - box.current!.scrollTop
      setMore(shown + atOnce)
    })
    return () => cancel(id as number)
  }, [shown, order.length])
  useLayoutEffect(() => {
    if (!before.current) return
    if (!follow.current) box.current!.scrollTop = box.current!.scrollHeight - before.current
    before.current = 0
  }, [shown])

  const newest = order.findLast((id) => c.entry(id).get().info.role === "assistant")
  const answering = newest ? c.entry(newest).get().info.parentID : undefined
  return (
    <>
      <div
        className="log"
        ref={box}
        role="log"
        aria-label={t.conversations}
        aria-live="off"
        tabIndex={0}
        onScroll={() => {
          const b = box.current!
          const end = b.scrollHeight - b.scrollTop - b.clientHeight < near
          follow.current = end
          setAway(!end)
          places.set(c.id, { top: b.scrollTop, end, shown })
        }}
      >
        <div className="turns" ref={inner}>
          {order.slice(-shown).map((id) => (
            <Turn
              key={id}
              store={c.entry(id)}
              deeds={deeds}
              busy={busy}
              last={id === newest}
              target={id === target}
              queued={busy && answering !== undefined && order.indexOf(id) > order.indexOf(answering) && c.entry(id).get().info.role === "user"}
            />
          ))}
          {children}
        </div>
      </div>
      {away && (
        <button
          type="button"
          className="plain jump"
          aria-label={t.jump}
          onClick={() => {
            follow.current = true
            toEnd()
          }}
        >
          <Icon name="down" />
        </button>
      )}
    </>
  )
}
