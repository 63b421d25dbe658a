import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { AlertChannelRow } from '../../../../src/server/alert-protocol.ts'
import { changeJson } from '../../state/api.ts'
import { backtesting } from './backtesting.ts'
import {
  BEGINNINGS,
  COMPARISONS,
  DRAFT_KINDS,
  type DraftKind,
  definitionOf,
  hasLevel,
  newDraft,
  type RuleDraft,
  SEVERITIES,
  SOURCES,
} from './rule-draft.ts'

export interface RuleFormProps {
  readonly draft: RuleDraft
  readonly channels: readonly AlertChannelRow[]
  /** Ids that other rules have. */
  readonly taken: readonly string[]
  readonly onClose: () => void
}

const WORDS: Readonly<Record<string, string>> = {
  price: 'Price',
  indicator: 'Indicator',
  signal: 'Signal',
  liquidation: 'Liquidation',
  silence: 'Silence',
  above: 'at or above',
  below: 'at or below',
  crossUp: 'crosses up',
  crossDown: 'crosses down',
  begins: 'begins',
  beginsUp: 'begins, upwards',
  beginsDown: 'begins, downwards',
}

/** A rule in plain fields. What is wrong is said by the server, which checks it before anything changes. */
export function RuleForm({ draft: given, channels, taken, onClose }: RuleFormProps) {
  const form = useRef<HTMLFormElement>(null)
  const draft = useSignal(given)
  const problem = useSignal('')
  const isBusy = useSignal(false)
  useEffect(() => form.current?.querySelector<HTMLElement>('button, input, select')?.focus(), [])
  const set = (change: Partial<RuleDraft>): void => {
    draft.value = { ...draft.value, ...change }
  }
  const save = (event: Event): void => {
    event.preventDefault()
    const definition = definitionOf(draft.value, taken)
    isBusy.value = true
    changeJson('PUT', `/api/alerts/rules/${encodeURIComponent(String(definition['id']))}`, definition)
      .then(onClose)
      .catch((error: unknown) => {
        problem.value = error instanceof Error ? error.message : String(error)
        isBusy.value = false
      })
  }
  return (
    <form
      class="rule-form"
      ref={form}
      aria-label={given.id === '' ? 'New alert rule' : `Alert rule ${given.id}`}
      onSubmit={save}
      onKeyDown={event => {
        if (event.key === 'Escape') onClose()
      }}
    >
      {given.id === '' && (
        <Kinds
          kind={draft.value.kind}
          onChoose={kind => {
            const { instrument, channels: chosen, name, severity } = draft.value
            draft.value = { ...newDraft(kind, instrument, chosen, given.level), name, severity }
          }}
        />
      )}
      <ConditionFields draft={draft.value} set={set} />
      <OtherFields draft={draft.value} set={set} />
      <Channels draft={draft.value} channels={channels} set={set} />
      {problem.value !== '' && (
        <p class="amber" role="alert">
          {problem.value}
        </p>
      )}
      <p class="choices">
        <button type="submit" class="button" disabled={isBusy.value}>
          Save
        </button>
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          class="button"
          onClick={() => {
            if (form.current?.reportValidity() === true) backtesting.value = definitionOf(draft.value, taken)
          }}
        >
          Back-test…
        </button>
      </p>
    </form>
  )
}

function Kinds({ kind, onChoose }: { readonly kind: DraftKind; readonly onChoose: (kind: DraftKind) => void }) {
  return (
    <fieldset class="chips" aria-label="Kind of rule">
      {DRAFT_KINDS.map(name => (
        <button
          key={name}
          type="button"
          class="chip-button"
          aria-pressed={kind === name}
          onClick={() => onChoose(name)}
        >
          {WORDS[name]}
        </button>
      ))}
    </fieldset>
  )
}

function Field({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child.
    <label class="field">
      <span>{name}</span>
      {children}
    </label>
  )
}

interface PartProps {
  readonly draft: RuleDraft
  readonly set: (change: Partial<RuleDraft>) => void
}

/** What must be true, and for how long. */
function ConditionFields({ draft, set }: PartProps) {
  const { kind, source, comparison } = draft
  const isCompared = kind === 'price' || kind === 'indicator' || kind === 'signal'
  const choices = kind === 'signal' ? ([...BEGINNINGS, ...COMPARISONS] as const) : COMPARISONS
  const isListed = SOURCES[kind].some(([known]) => known === source)
  return (
    <>
      <Field name="Market">
        <input
          type="text"
          required
          value={draft.instrument}
          onInput={event => set({ instrument: event.currentTarget.value })}
        />
      </Field>
      <Field name={kind === 'silence' ? 'No' : 'When'}>
        {kind === 'indicator' ? (
          <input
            type="text"
            required
            list="rule-sources"
            value={source}
            onInput={event => set({ source: event.currentTarget.value })}
          />
        ) : (
          <select value={source} onChange={event => set({ source: event.currentTarget.value })}>
            {!isListed && <option value={source}>{source}</option>}
            {SOURCES[kind].map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        )}
        <datalist id="rule-sources">
          {SOURCES.indicator.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </datalist>
      </Field>
      {isCompared && (
        <Field name="is">
          <select
            value={comparison}
            onChange={event =>
              set({ comparison: choices.find(known => known === event.currentTarget.value) ?? comparison })
            }
          >
            {choices.map(name => (
              <option key={name} value={name}>
                {WORDS[name]}
              </option>
            ))}
          </select>
        </Field>
      )}
      <LevelFields draft={draft} set={set} isCompared={isCompared} />
    </>
  )
}

/** How often it is told, how bad it is and what it is called. */
function OtherFields({ draft, set }: PartProps) {
  return (
    <>
      <Field name="again after, s">
        <input
          type="number"
          min="0"
          step="any"
          required
          value={draft.cooldownS}
          onInput={event => set({ cooldownS: event.currentTarget.value })}
        />
      </Field>
      <Field name="Severity">
        <select
          value={draft.severity}
          onChange={event => set({ severity: SEVERITIES.find(known => known === event.currentTarget.value) ?? 'warn' })}
        >
          {SEVERITIES.map(name => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      <Field name="Name">
        <input
          type="text"
          placeholder="made from the rule"
          value={draft.name}
          onInput={event => set({ name: event.currentTarget.value })}
        />
      </Field>
    </>
  )
}

function Channels({ draft, channels, set }: PartProps & { readonly channels: readonly AlertChannelRow[] }) {
  if (channels.length === 0) return null
  return (
    <fieldset class="rule-channels">
      <legend>Tell by</legend>
      {channels.map(channel => (
        <label key={channel.name}>
          <input
            type="checkbox"
            checked={draft.channels.includes(channel.name)}
            onChange={event => {
              const others = draft.channels.filter(name => name !== channel.name)
              set({ channels: event.currentTarget.checked ? [...others, channel.name] : others })
            }}
          />
          {channel.name}
        </label>
      ))}
    </fieldset>
  )
}

function LevelFields({ draft, set, isCompared }: PartProps & { readonly isCompared: boolean }) {
  const { kind, level } = draft
  return (
    <>
      {hasLevel(draft) && (
        <Field name={kind === 'silence' ? 'for, s' : kind === 'liquidation' ? 'quote' : 'level'}>
          <input
            type="number"
            step="any"
            required
            value={level}
            onInput={event => set({ level: event.currentTarget.value })}
          />
        </Field>
      )}
      {isCompared && hasLevel(draft) && (
        <Field name="held for, s">
          <input
            type="number"
            min="0"
            step="any"
            required
            value={draft.forS}
            onInput={event => set({ forS: event.currentTarget.value })}
          />
        </Field>
      )}
    </>
  )
}
