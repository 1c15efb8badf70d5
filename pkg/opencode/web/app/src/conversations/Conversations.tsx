import { Screen } from "../shell/Screen"
import { t } from "../text"
import List from "./List"

/** All conversations, on a phone. */
export default function Conversations() {
  return (
    <Screen title={t.conversations} className="bare">
      <List />
    </Screen>
  )
}
