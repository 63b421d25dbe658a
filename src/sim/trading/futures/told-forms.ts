import { ConfigError } from '../../../model/error.ts'

/** Events that nothing in the simulated market causes: strategies and grids run elsewhere. */
type Form = (values: Readonly<Record<string, string>>, timeMs: number, id: number) => object

const forms: Readonly<Record<string, Form>> = {
  STRATEGY_UPDATE: (values, timeMs, id) => ({
    su: { si: id, st: 'GRID', ss: 'NEW', s: 'BTCUSDT', ut: timeMs, c: 8007, ...values },
  }),
  GRID_UPDATE: (values, timeMs, id) => ({
    gu: {
      si: id,
      st: 'GRID',
      ss: 'WORKING',
      s: 'BTCUSDT',
      r: '0',
      up: '0',
      uq: '0',
      uf: '0',
      mp: '0.0',
      ut: timeMs,
      ...values,
    },
  }),
  CONDITIONAL_ORDER_TRIGGER_REJECT: (values, _timeMs, id) => ({
    or: {
      s: 'BTCUSDT',
      i: id,
      r: 'Due to the order could not be executed as maker, the order was rejected.',
      ...values,
    },
  }),
}

/** The payload of such an event; `values` take the place of what its form has inside. @throws ConfigError */
export function toldText(kind: string, values: Readonly<Record<string, string>>, timeMs: number, id: number): string {
  const form = forms[kind]
  if (form === undefined) {
    throw new ConfigError(`kind must be among ${Object.keys(forms).join(', ')}, was "${kind}"`)
  }
  return JSON.stringify({ e: kind, T: timeMs, E: timeMs, ...form(values, timeMs, id) })
}
