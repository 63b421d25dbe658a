export type { ServedAccount } from './account-desk.ts'
export type { RuleStore, ServedAlerts } from './alert-desk.ts'
export { createServer, type DashboardServer, type ServerLogger, type ServerOptions } from './create-server.ts'
export type { SourceInfo } from './protocol.ts'
