import { Screen } from "../shell/Screen"
import { t } from "../text"

export default function Page() {
  return <Screen title={t.app}>{null}</Screen>
}
