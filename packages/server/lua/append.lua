-- Hop 5/8: stores 1 to k messages of one room and announces the new ones, in one atomic step.
--
-- Invariants: IDs only grow, and their second part counts; every entry names its predecessor; a
-- message is stored once within the dedupe window (G1.1, G3.1, G3.3, G3.5, G6.1). A failing script
-- is not rolled back, so everything is read and judged before the first write, the write that can
-- fail comes first, and the announcement last. Any error is an unknown outcome to the caller, who
-- asks again with the same message IDs.
--
-- KEYS  1 stream  2 position  3 and 4 dedupe hashes  5 channel (one hash slot: `{room}` is in each)
-- ARGV  1 seal key  2 entries kept  3 age in ms after which they may go, or ''
--       4 dedupe window in ms  5 ms after which the dedupe hashes rotate  6 lifetime of the position in ms
--       7 records in one dedupe hash after which they rotate early
--       8 the time in ms in place of the server's own, or '' (tests step the clock with it)
--       then for each message: header up to the predecessor, header from there on, payload,
--       message ID, dedupe field, content hash, ms of the first send if this is a retry, else ''
-- Returns for each message `s <id>` stored, `d <id>` a repeat of that entry, `c` the same message ID
--       with other content, `b` a retry from beyond the window.
-- Complexity O(k) with one lookup in each dedupe hash; the rare paths (no position, an entry put
--       there by hand) read up to 16 entries or XINFO.
-- Cluster: all keys share a slot, and so does the channel.

local stream, position, channel = KEYS[1], KEYS[2], KEYS[5]
local sealKey, maxCount, ageMs = ARGV[1], ARGV[2], tonumber(ARGV[3])
local windowMs, rotateMs, positionMs = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local maxRecords, fixedNow = tonumber(ARGV[7]), tonumber(ARGV[8])
local FIRST, SIZE = 9, 7
local MAX_PART = 1e15
local REBUILD_COUNT = 16
local TRIM_EVERY = 32

local now = fixedNow
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Where the room stands: time and count of its newest entry, and its cursor.
local function readPosition(text)
  local ms, n, messageId = string.match(text or '', '^(%d+)%-(%d+)~([%w_-]*)$')
  if not ms or #ms > 15 or #n > 15 then return nil end
  return tonumber(ms), tonumber(n), ms .. '-' .. n .. '~' .. messageId
end

-- The last ID that the stream gave out, also for an entry that is gone.
local function lastGenerated()
  if redis.call('EXISTS', stream) == 0 then return '0-0' end
  local info = redis.call('XINFO', 'STREAM', stream)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then return info[i + 1] end
  end
  return '0-0'
end

local ms, n, previous = readPosition(redis.call('GET', position))
if not ms then
  for _, entry in ipairs(redis.call('XREVRANGE', stream, '+', '-', 'COUNT', REBUILD_COUNT)) do
    local messageId, before
    if entry[2][1] == 'h' then messageId, before = string.match(entry[2][2], '^1 [jbc] ([%w_-]+) %d+%-(%d+)~') end
    if messageId then ms, n, previous = readPosition(entry[1] .. '~' .. messageId) end
    if ms and n == tonumber(before) + 1 then break end
    ms = nil
  end
end
if not ms then ms, n, previous = 0, 0, '0-0~' end
ms = math.max(ms, now)

-- Dedupe records: the hash that started later takes new ones, both are asked. `#` is when it started, `#from`
-- since when nothing was forgotten. Ages are judged by the clock, never by the IDs, which an entry put there by
-- hand can carry far ahead; where the clock is set back, `#from` still knows what went.
local fields = { '#', '#from' }
local HEAD = #fields
for at = FIRST, #ARGV, SIZE do fields[#fields + 1] = ARGV[at + 4] end
local newer, older = KEYS[3], KEYS[4]
local inNewer, inOlder = redis.call('HMGET', newer, unpack(fields)), redis.call('HMGET', older, unpack(fields))
if (tonumber(inOlder[1] or '') or 0) > (tonumber(inNewer[1] or '') or 0) then
  newer, older, inNewer, inOlder = older, newer, inOlder, inNewer
end

local function add(id, header, data)
  local reply = redis.pcall('XADD', stream, 'MAXLEN', '~', maxCount, id, 'h', header, 'd', data)
  return type(reply) == 'table' and reply or {}
end

-- An ID for the next entry. Somebody may have put a higher one there by hand: then time moves on past it.
-- Only the first entry of a call can be refused, so that a refusal means that nothing is stored: Redis checks
-- memory, replicas and disk before the first write of a script, and the count has to reach for all that are left.
local function store(head, tail, data, left)
  if n + left >= MAX_PART then return nil, 'HOLDLINE_FULL the room has counted as far as it can' end
  n = n + 1
  local id = string.format('%.0f-%.0f', ms, n)
  local header = head .. previous .. tail
  local reply = add(id, header, data)
  if reply.err and (string.find(reply.err, 'equal or smaller', 1, true) or string.find(reply.err, 'exhausted', 1, true)) then
    ms = tonumber(string.match(lastGenerated(), '^(%d+)')) + 1
    if ms >= MAX_PART then return nil, 'HOLDLINE_FULL an entry put there by hand has an ID beyond all of ours' end
    id = string.format('%.0f-%.0f', ms, n)
    reply = add(id, header, data)
  end
  if reply.err then return nil, reply.err end
  return id, header
end

local knownFrom = tonumber(inNewer[2] or '') or 0
local outcomes, seen, records, lines = {}, {}, {}, { '' }
local sealed, countBefore, lastId = { sealKey }, n, nil
local count = #fields - HEAD
for i = 1, count do
  local at = FIRST + (i - 1) * SIZE
  local head, tail, data, messageId = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local field, hash, firstSentAt = ARGV[at + 4], ARGV[at + 5], tonumber(ARGV[at + 6])
  local record = seen[field] or inNewer[i + HEAD] or inOlder[i + HEAD]
  if record then
    local id, kept = string.match(record, '^(%S+) (%S+)$')
    outcomes[i] = kept == hash and 'd ' .. id or 'c'
  elseif firstSentAt and (now - firstSentAt > windowMs or firstSentAt < knownFrom) then
    outcomes[i] = 'b'
  else
    local id, header = store(head, tail, data, count - i + 1)
    if not id then return redis.error_reply(header) end
    previous, lastId = id .. '~' .. messageId, id
    seen[field] = id .. ' ' .. hash
    records[#records + 1], records[#records + 2] = field, seen[field]
    lines[#lines + 1], lines[#lines + 2], lines[#lines + 3] = id, header, data
    -- The hash stands for the payload: hashing that here would cost more than all the rest.
    sealed[#sealed + 1], sealed[#sealed + 2], sealed[#sealed + 3] = id, header, hash
    outcomes[i] = 's ' .. id
  end
end
if not lastId then return outcomes end

if ageMs then
  -- Whole nodes of a stream go at a time, so looking at it with every append would not make it go sooner.
  if math.floor(n / TRIM_EVERY) > math.floor(countBefore / TRIM_EVERY) then
    redis.call('XTRIM', stream, 'MINID', '~', string.format('%.0f', math.max(0, now - ageMs)))
  end
  redis.call('PEXPIRE', stream, ARGV[3])
else
  redis.call('PERSIST', stream)
end
redis.call('SET', position, previous, 'PX', positionMs)

local startedAt = tonumber(inNewer[1] or '')
if not startedAt or now - startedAt >= rotateMs or redis.call('HLEN', newer) >= maxRecords then
  if startedAt then newer = older end
  redis.call('UNLINK', newer)
  -- Later than the other one whatever the clock says, so that the two cannot change places.
  redis.call('HSET', newer, '#', string.format('%.0f', math.max(now, (startedAt or 0) + 1)))
  -- What is left begins where the fuller hash began; a client's clock may be ahead by the slack of the rotation, and
  -- in proportion by less where it comes early: a busy room would know of no retry at all.
  if startedAt then
    local life = math.max(0, math.min(now - startedAt, rotateMs))
    local knownSince = startedAt + math.floor(life * (rotateMs - windowMs) / rotateMs)
    redis.call('HSET', newer, '#from', string.format('%.0f', knownSince))
  end
end
redis.call('HSET', newer, unpack(records))
redis.call('PEXPIRE', newer, string.format('%.0f', 2 * rotateMs))

lines[1] = '1e ' .. string.sub(redis.sha1hex(table.concat(sealed, '\n')), 1, 16)
redis.call('PUBLISH', channel, table.concat(lines, '\n'))
return outcomes
