import { useSearch } from "@tanstack/react-router"
import { NotFound } from "../shell/Fault"
import Reader from "./Reader"

/** A document on a screen of its own. */
export default function Page() {
  const { uri, passage } = useSearch({ from: "/read" })
  return uri ? <Reader uri={uri} passage={passage} onClose={history.length > 1 ? () => history.back() : undefined} /> : <NotFound />
}
