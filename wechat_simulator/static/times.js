/** Times as WeChat writes them, in Beijing. */

const ZONE = { timeZone: "Asia/Shanghai", hourCycle: "h23" };
const CLOCK = new Intl.DateTimeFormat("zh-CN", { ...ZONE, hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("zh-CN", { ...ZONE, month: "long", day: "numeric" });
const DATE = new Intl.DateTimeFormat("zh-CN", { ...ZONE, dateStyle: "long" });
const WEEKDAY = new Intl.DateTimeFormat("zh-CN", { ...ZONE, weekday: "long" });
const OFFSET = 8 * 3600;
const SECONDS_A_DAY = 86400;

/** Write the time of day of an instant in seconds. */
export function clock(at) {
  return CLOCK.format(at * 1000);
}

/** Write an instant as briefly as it can be understood now. */
export function moment(at, now) {
  const days = day(now) - day(at);
  if (days === 0) return clock(at);
  if (days === 1) return `昨天 ${clock(at)}`;
  if (days > 1 && days < 7) return `${WEEKDAY.format(at * 1000)} ${clock(at)}`;
  const isThisYear = new Date(at * 1000).getFullYear() === new Date(now * 1000).getFullYear();
  return `${(isThisYear ? DAY : DATE).format(at * 1000)} ${clock(at)}`;
}

function day(at) {
  return Math.floor((at + OFFSET) / SECONDS_A_DAY);
}
