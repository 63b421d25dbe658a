export { amountNumber, amountText } from './amount.ts'
export type { AddressLabels, EvmOptions, EvmToken } from './evm-options.ts'
export { evmSource } from './evm-source.ts'
