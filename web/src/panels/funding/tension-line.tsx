import { compact, number, signed } from '../../format/number.ts'
import { nowMs } from '../../state/link.ts'
import { figure, stateNote, textFigure } from '../reading.tsx'
import { fundingModel } from './funding-model.ts'
import { payer } from './payer.ts'

/** Funding against flow, in words, with the terms it stands on. */
export function Tension() {
  const { tension, fundingRate } = fundingModel
  if (nowMs.value === 0 || fundingRate === undefined) return <p>{'\u00a0'}</p>
  if (tension === undefined) return <p>{`${payer(fundingRate)}; the rate is an estimate until its settlement`}</p>
  const note = stateNote(tension)
  const score = figure(tension, 'score')
  const terms = termsOf()
  if (note !== '' || score === undefined || terms.length === 0) {
    const why = 'It needs five minutes of trades, enough volume, and the interval of the funding'
    return (
      <p title={note === 'warming' ? why : undefined}>
        <span>
          {payer(fundingRate)} · tension{' '}
          <span class={note === 'warming' ? 'muted' : 'amber'}>{note === 'warming' ? 'warming up' : note}</span>
        </span>
      </p>
    )
  }
  const verdict = textFigure(tension, 'state') === 'none' ? 'no tension' : `tension ${signed(score, 2)}`
  return (
    <p title={terms.map(({ text, passed }) => `${text}: ${passed ? 'met' : 'not met'}`).join('\n')}>
      <span>
        {verdict}: {payer(fundingRate)},{' '}
        {terms.map(({ short, text, passed }) => (
          <span key={text} class="term">
            {passed ? '✓' : '✗'}
            <span class="visually-hidden">{passed ? ' met: ' : ' not met: '}</span> {short}{' '}
          </span>
        ))}
      </span>
    </p>
  )
}

interface Term {
  readonly short: string
  readonly text: string
  readonly passed: boolean
}

/** Each term of the rule with its value and threshold; empty while they are not known. */
function termsOf(): readonly Term[] {
  const { tension } = fundingModel
  const f8 = figure(tension, 'f8')
  const share = figure(tension, 'buyShare')
  const quote = figure(tension, 'quote')
  const least = plain(tension?.params['minFunding8h'])
  const leastShare = plain(tension?.params['minBuyShare'])
  const leastQuote = plain(tension?.params['minQuote'])
  if (f8 === undefined || share === undefined || quote === undefined) return []
  // Against the payer: takers buy while shorts pay, or sell while longs pay.
  const against = f8 < 0 ? share : 1 - share
  const side = f8 < 0 ? 'buys' : 'sells'
  const percent = (value: number): string => number(value * 100, 0)
  return [
    {
      short: `${signed(f8 * 100, 4)}% / 8 h`,
      text: `funding ${signed(f8 * 100, 4)} % per 8 h, at least ${number(least * 100, 4)} % either way`,
      passed: Math.abs(f8) >= least,
    },
    {
      short: `${percent(against)}% ${side}`,
      text: `${percent(against)} % of taker volume ${side}, at least ${percent(leastShare)} %`,
      passed: against >= leastShare,
    },
    {
      short: compact(quote),
      text: `${compact(quote)} quote in five minutes, at least ${compact(leastQuote)}`,
      passed: quote >= leastQuote,
    },
  ]
}

function plain(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
