/**
 * The scripts that Redis runs. Each is one atomic step on the two keys of a token:
 *
 * - `KEYS[1]`, a hash: `epoch`, `generation`, `record` (sealed), `outlives` (milliseconds for which the record
 *   is kept after its access token has expired), and `spender` (owner of the attempt that may have presented its
 *   refresh token).
 * - `KEYS[2]`, a string: `lease|owner|epoch|generation` or `refusal|sealed`.
 *
 * Time is Redis's own and relative: what is left of a life is what PTTL says. Arguments and replies are text,
 * which every client reads alike. A repeated command has the same effect as one: some clients send a command
 * again when its reply was lost.
 */

/** A value of the wrong type, without an end or with an unreadable version counts as missing. */
const readState = `
local function stored()
  if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return nil end
  local f = redis.call('HMGET', KEYS[1], 'epoch', 'generation', 'record', 'outlives', 'spender')
  local left = redis.call('PTTL', KEYS[1])
  if left < 0 or not f[1] or not f[2] or not f[3] then return nil end
  if not string.match(f[1], '^[%w_-]+$') or not string.match(f[2], '^%d+$') or #f[2] > 15 then return nil end
  return { epoch = f[1], generation = f[2], record = f[3], life = left - (tonumber(f[4]) or 0),
    spender = f[5] or '' }
end
`

const readLease = `
local function lease()
  if redis.call('TYPE', KEYS[2]).ok ~= 'string' then return '' end
  if redis.call('PTTL', KEYS[2]) < 0 then return '' end
  return redis.call('GET', KEYS[2])
end
`

/** ARGV begins with owner, epoch and generation of a lease: whether it is in force, on the state it was given. */
const holdsLease = `${readState}${readLease}
local mine = 'lease|' .. ARGV[1] .. '|' .. ARGV[2] .. '|' .. ARGV[3]
local state = stored()
local function holds()
  if lease() ~= mine then return false end
  if state then return state.epoch == ARGV[2] and state.generation == ARGV[3] end
  return ARGV[3] == '0'
end
`

/** Reply: nothing, or epoch, generation, record, spender. */
export const readScript: string = `${readState}
local state = stored()
if not state then return {} end
return { state.epoch, state.generation, state.record, state.spender }
`

/**
 * ARGV: owner, lease in ms, known epoch and generation (or empty), the epoch for a new history, the least
 * life in ms of a record that is handed over, and a refusal to overlook because it cannot be opened.
 * Reply: `record`, epoch, generation, record, spender, ms that it lives; `claimed`, epoch, generation, record, spender;
 * `held`, ms; or `refused`, ms, refusal.
 *
 * A caller that knows a later generation than the stored one has seen what a failover lost. The refresh token in
 * the store was presented, so the history ends there and a new one begins.
 */
export const claimScript: string = `${readState}${readLease}
local state = stored()
if state and state.epoch == ARGV[3] and tonumber(state.generation) < tonumber(ARGV[4]) then
  redis.call('DEL', KEYS[1])
  state = nil
end
if state and state.life >= tonumber(ARGV[6]) then
  local newer = state.epoch ~= ARGV[3] or tonumber(state.generation) > tonumber(ARGV[4])
  if newer then
    return { 'record', state.epoch, state.generation, state.record, state.spender, tostring(state.life) }
  end
end
local epoch, generation, record, spender = ARGV[5], '0', '', ''
if state then epoch, generation, record, spender = state.epoch, state.generation, state.record, state.spender end
local held = lease()
if string.sub(held, 1, 8) == 'refusal|' then
  local refusal = string.sub(held, 9)
  if refusal ~= ARGV[7] then return { 'refused', tostring(redis.call('PTTL', KEYS[2])), refusal } end
elseif held ~= '' then
  local prefix = 'lease|' .. ARGV[1] .. '|'
  if string.sub(held, 1, #prefix) ~= prefix then return { 'held', tostring(redis.call('PTTL', KEYS[2])) } end
  if not state then epoch = string.match(held, '|([^|]*)|0$', #prefix) or epoch end
end
redis.call('SET', KEYS[2], 'lease|' .. ARGV[1] .. '|' .. epoch .. '|' .. generation, 'PX', ARGV[2])
return { 'claimed', epoch, generation, record, spender }
`

/** ARGV: owner, epoch, generation. Reply: `1` when the intent is written, else `0`. */
export const spendScript: string = `${holdsLease}
if not state or not holds() then return '0' end
if state.spender ~= '' and state.spender ~= ARGV[1] then return '0' end
redis.call('HSET', KEYS[1], 'spender', ARGV[1])
return '1'
`

/** Stores a record and ends the lease. */
const put = `
local function put(epoch, generation, record, ttl, outlives, channel)
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'generation', generation, 'record', record, 'outlives', outlives)
  redis.call('PEXPIRE', KEYS[1], ttl)
  redis.call('DEL', KEYS[2])
  redis.pcall('PUBLISH', channel, '')
  return '1'
end
`

/**
 * ARGV: owner, epoch, generation, next generation, record, time to live in ms, ms that the record outlives its
 * access token, channel. Reply: `1` when the record is stored, else `0`. What is sealed is never the same twice,
 * so the same record is the same command, sent again.
 */
export const publishScript: string = `${holdsLease}${put}
if state and state.epoch == ARGV[2] and state.generation == ARGV[4] and state.record == ARGV[5] then return '1' end
if not holds() then return '0' end
return put(ARGV[2], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8])
`

/** ARGV: owner, epoch, generation, refusal (or empty), its time to live in ms, channel. Reply: `1` or `0`. */
export const failScript: string = `${readLease}
if lease() ~= 'lease|' .. ARGV[1] .. '|' .. ARGV[2] .. '|' .. ARGV[3] then return '0' end
if ARGV[4] == '' then redis.call('DEL', KEYS[2])
else redis.call('SET', KEYS[2], 'refusal|' .. ARGV[4], 'PX', ARGV[5]) end
redis.pcall('PUBLISH', ARGV[6], '')
return '1'
`

/** ARGV: owner, epoch, generation, lease in ms. Reply: `1` when it is extended, else `0`. */
export const extendScript: string = `${holdsLease}
if not holds() then return '0' end
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return '1'
`

/**
 * For use as a simple store. ARGV: the stored epoch (or empty) and generation, the new epoch and generation,
 * record, time to live in ms, ms that the record outlives its access token, channel. Reply: `1` when the record
 * is stored, `0` when another one was stored meanwhile.
 */
export const writeScript: string = `${readState}${put}
local state = stored()
if state and (state.epoch ~= ARGV[1] or state.generation ~= ARGV[2]) then return '0' end
if not state and ARGV[1] ~= '' then return '0' end
return put(ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8])
`

/** Ends the history and every lease on it. ARGV: channel. */
export const deleteScript: string = `
redis.call('DEL', KEYS[1], KEYS[2])
redis.pcall('PUBLISH', ARGV[1], '')
return '1'
`
