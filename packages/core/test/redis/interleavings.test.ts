import { expect, test } from 'vitest'
import { generateSchedules, runSchedule, settings } from './schedules.ts'

test.each(settings)(
  '$title: no refresh token is presented twice, no older record wins',
  { timeout: 120_000 },
  async (setting) => {
    const broken: string[] = []
    let count = 0
    for (const schedule of generateSchedules(setting)) {
      const { problems } = await runSchedule(setting, schedule)
      count++
      for (const problem of problems) broken.push(`${schedule.join(', ')}: ${problem}`)
    }
    expect(broken.slice(0, 10)).toEqual([])
    expect(count).toBeGreaterThan(500)
  },
)
