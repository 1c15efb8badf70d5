import * as Dropdown from "@radix-ui/react-dropdown-menu"
import type { ReactNode } from "react"
import { Icon, type IconName } from "./icons"

/** Things to do behind a button. It is not modal: a modal one would write a style into the page, which the policy forbids. */
export default function Menu({ label, icon, children }: { label: string; icon: IconName; children: ReactNode }) {
  return (
    <Dropdown.Root modal={false} defaultOpen>
      <Dropdown.Trigger className="plain" aria-label={label}>
        <Icon name={icon} />
      </Dropdown.Trigger>
      <Dropdown.Portal>
        <Dropdown.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
          {children}
        </Dropdown.Content>
      </Dropdown.Portal>
    </Dropdown.Root>
  )
}

export function Item({ icon, danger, onSelect, children }: { icon?: IconName; danger?: boolean; onSelect: () => void; children: ReactNode }) {
  return (
    <Dropdown.Item className={danger ? "danger" : undefined} onSelect={onSelect}>
      {icon && <Icon name={icon} />}
      {children}
    </Dropdown.Item>
  )
}

/** An item that leads somewhere, or loads a file. */
export function LinkItem({ icon, href, download, children }: { icon?: IconName; href: string; download?: string; children: ReactNode }) {
  return (
    <Dropdown.Item asChild>
      <a className="menu-link" href={href} download={download}>
        {icon && <Icon name={icon} />}
        {children}
      </a>
    </Dropdown.Item>
  )
}

export function Choices<T extends string>({ value, onChange, options }: { value: T; onChange: (v: T) => void; options: { value: T; label: string; icon?: IconName }[] }) {
  return (
    <Dropdown.RadioGroup value={value} onValueChange={(v) => onChange(v as T)}>
      {options.map((o) => (
        <Dropdown.RadioItem key={o.value} value={o.value}>
          {o.icon && <Icon name={o.icon} />}
          {o.label}
        </Dropdown.RadioItem>
      ))}
    </Dropdown.RadioGroup>
  )
}

export const Line = () => <hr role="separator" />
