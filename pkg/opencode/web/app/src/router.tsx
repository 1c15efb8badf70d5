import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router"
import { Home } from "./ask/Home"
import { Broken, NotFound } from "./shell/Fault"
import { Shell } from "./shell/Shell"

const text = (v: unknown) => (typeof v === "string" && v ? v : typeof v === "number" ? String(v) : undefined)

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound })

export interface Beside {
  read?: string
  passage?: string
  m?: string
}

/** What is open beside a conversation: a document, and a passage in it. */
const beside = (s: Record<string, unknown>): Beside => ({ read: text(s.read), passage: text(s.passage), m: text(s.m) })

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: Home,
  validateSearch: (s: Record<string, unknown>): { q?: string } & Beside => ({ q: text(s.q), ...beside(s) }),
  beforeLoad: ({ location }) => {
    if (location.hash.startsWith("ses")) throw redirect({ to: "/c/$id", params: { id: location.hash }, hash: "", replace: true })
  },
})
const talk = createRoute({ getParentRoute: () => root, path: "/c/$id", component: lazyRouteComponent(() => import("./ask/Talk"), "Talk"), validateSearch: beside })
const conversations = createRoute({
  getParentRoute: () => root,
  path: "/conversations",
  component: lazyRouteComponent(() => import("./conversations/Conversations")),
})

const read = createRoute({
  getParentRoute: () => root,
  path: "/read",
  component: lazyRouteComponent(() => import("./reader/Page")),
  validateSearch: (s: Record<string, unknown>): { uri?: string; passage?: string } => ({ uri: text(s.uri), passage: text(s.passage) }),
})

export interface Wanted {
  q?: string
  source?: string
  kind?: string
  language?: string
  version?: string
  after?: string
}

const search = createRoute({
  getParentRoute: () => root,
  path: "/search",
  component: lazyRouteComponent(() => import("./search/Search")),
  validateSearch: (s: Record<string, unknown>): Wanted => ({
    q: text(s.q),
    source: text(s.source),
    kind: text(s.kind),
    language: text(s.language),
    version: text(s.version),
    after: text(s.after),
  }),
})
const library = createRoute({
  getParentRoute: () => root,
  path: "/library",
  component: lazyRouteComponent(() => import("./library/Library")),
  validateSearch: (s: Record<string, unknown>): { add?: string } => ({ add: text(s.add) }),
})
const source = createRoute({
  getParentRoute: () => root,
  path: "/library/$name",
  component: lazyRouteComponent(() => import("./library/Source")),
  validateSearch: (s: Record<string, unknown>): { outcome?: string } => ({ outcome: text(s.outcome) }),
})
const memories = createRoute({ getParentRoute: () => root, path: "/memories", component: lazyRouteComponent(() => import("./memories/Memories")) })
const system = createRoute({ getParentRoute: () => root, path: "/system", component: lazyRouteComponent(() => import("./system/System")) })

/** What another app shares is a question, or an address to add. */
const share = createRoute({
  getParentRoute: () => root,
  path: "/share",
  validateSearch: (s: Record<string, unknown>): { title?: string; text?: string; url?: string } => ({ title: text(s.title), text: text(s.text), url: text(s.url) }),
  beforeLoad: ({ search: s }) => {
    const url = s.url ?? /https?:\/\/\S+/.exec(s.text ?? "")?.[0]
    if (url) throw redirect({ to: "/library", search: { add: url }, replace: true })
    throw redirect({ to: "/", search: { q: [s.title, s.text].filter(Boolean).join("\n") }, replace: true })
  },
})

const tree = root.addChildren([home, talk, conversations, read, search, library, source, memories, system, share])

export const router = createRouter({
  routeTree: tree,
  defaultErrorComponent: Broken,
  defaultNotFoundComponent: NotFound,
  defaultPreload: "intent",
  defaultPendingMs: 300,
})

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router
  }
}
