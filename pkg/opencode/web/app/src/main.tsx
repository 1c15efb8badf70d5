import { QueryClient, QueryClientProvider } from "@tanstack/react-query"
import { RouterProvider } from "@tanstack/react-router"
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { ApiError, onDenied } from "./api/client"
import { watchConversations } from "./conversations/data"
import { watchOutbox } from "./live/outbox"
import { watchPermissions } from "./live/permissions"
import { watchRunning } from "./live/running"
import { stream } from "./live/stream"
import { router } from "./router"
import { startTheme } from "./shell/theme"
import { startWorker } from "./shell/worker"
import "./styles.css"

startTheme()
const client = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: "always", // the service worker may have it
      staleTime: 10_000,
      retry: (n, e) => n < 2 && !(e instanceof ApiError && e.status >= 400 && e.status < 500),
    },
    mutations: { networkMode: "always" },
  },
})
watchPermissions()
watchRunning()
watchOutbox()
watchConversations(client)
onDenied(() => stream.link.set("denied"))
stream.start()

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
// A file of a version that the server has no more.
addEventListener("vite:preloadError", () => location.reload())
if (import.meta.env.PROD) startWorker()
