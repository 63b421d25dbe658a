export { type BitcoinOptions, bitcoinSource } from './bitcoin-source.ts'
