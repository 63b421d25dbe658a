/** Of two settlement times that are less apart the later one corrects the earlier. */
const SAME_SETTLEMENT_US = 60_000_000

interface Settlement {
  timeUs: number
  rate: number
}

/** Funding settlements of one contract, each with the last rate that was told before it. */
export class FundingTrack {
  private readonly settlements: Settlement[] = []
  private isKnown = false

  /** @param fundingTimeUs the next settlement */
  add(receiveTimeUs: number, fundingTimeUs: number | undefined, rate: number | undefined): void {
    if (fundingTimeUs === undefined || rate === undefined) return
    this.isKnown = true
    const last = this.settlements.at(-1)
    if (last === undefined || fundingTimeUs - last.timeUs > SAME_SETTLEMENT_US) {
      this.settlements.push({ timeUs: fundingTimeUs, rate })
    } else if (receiveTimeUs < last.timeUs) {
      last.timeUs = fundingTimeUs
      last.rate = rate
    }
  }

  /**
   * What a position of the side pays (+) or gets (−) as a fraction of its notional; a positive rate is paid by longs.
   * Undefined when the recording told nothing of funding: then nobody knows whether a settlement lay in between.
   */
  paid(side: 1 | -1, fromUs: number, untilUs: number): number | undefined {
    if (!this.isKnown) return undefined
    let sum = 0
    for (const { timeUs, rate } of this.settlements) if (timeUs > fromUs && timeUs <= untilUs) sum += side * rate
    return sum
  }
}
