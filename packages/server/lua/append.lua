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
-- Cost: each call of a command is dearer than all the Lua between two of them, so there are as few as can be; functions
--       are made anew by every run, so what is rare stands where it is needed.
-- Cluster: all keys share a slot, and so does the channel.

-- Looked up once: a global is found by its name each time.
local call, format, floor, ARGV = redis.call, string.format, math.floor, ARGV
local stream, position, channel = KEYS[1], KEYS[2], KEYS[5]
local sealKey, age, rotateMs = ARGV[1], ARGV[3], tonumber(ARGV[5])
local FIRST, SIZE = 9, 7
local MAX_PART = 1e15
local REBUILD_COUNT = 16
local TRIM_EVERY = 32
-- Lifetimes are renewed once in so many ms, and are longer by as much.
local RENEW_MS = 100000

local now, period = tonumber(ARGV[8]), string.sub(ARGV[8], 1, -6)
if not now then
  local time = call('TIME')
  now, period = time[1] * 1000 + floor(time[2] / 1000), string.sub(time[1], 1, -3)
end

-- Where the room stands: its cursor, with time and count of its newest entry.
local POSITION = '^(%d+)%-(%d+)~[%w_-]*$'
local previous = call('GET', position)
local ms, n = string.match(previous or '', POSITION)
local isPlaced = ms and #ms <= 15 and #n <= 15
if not isPlaced then
  ms = nil
  for _, entry in ipairs(call('XREVRANGE', stream, '+', '-', 'COUNT', REBUILD_COUNT)) do
    local messageId, before
    if entry[2][1] == 'h' then messageId, before = string.match(entry[2][2], '^1 [jbc] ([%w_-]+) %d+%-(%d+)~') end
    if messageId then
      previous = entry[1] .. '~' .. messageId
      ms, n = string.match(previous, POSITION)
    end
    if ms and #ms <= 15 and #n <= 15 and tonumber(n) == tonumber(before) + 1 then break end
    ms = nil
  end
  if not ms then ms, n, previous = 0, 0, '0-0~' end
end
ms, n = ms + 0, n + 0
if ms < now then ms = now end

-- Dedupe records: the hash that started later takes new ones, both are asked. `#` is when it started, `#from`
-- since when nothing was forgotten, `#kept` for which lifetimes it was last renewed. Ages are judged by the clock,
-- never by the IDs, which an entry put there by hand can carry far ahead; where the clock is set back, `#from` still
-- knows what went.
local HEAD = 2
local count = (#ARGV - FIRST + 1) / SIZE
local newer, older = KEYS[3], KEYS[4]
local inNewer, inOlder
if count == 1 then
  local field = ARGV[FIRST + 4]
  inNewer = call('HMGET', newer, '#', '#kept', field)
  inOlder = call('HMGET', older, '#', '#kept', field)
else
  local fields = { '#', '#kept' }
  for i = 1, count do fields[HEAD + i] = ARGV[FIRST + (i - 1) * SIZE + 4] end
  inNewer, inOlder = call('HMGET', newer, unpack(fields)), call('HMGET', older, unpack(fields))
end
local startedAt = tonumber(inNewer[1] or '')
if inOlder[1] and (tonumber(inOlder[1]) or 0) > (startedAt or 0) then
  newer, older, inNewer, inOlder = older, newer, inOlder, inNewer
  startedAt = tonumber(inNewer[1])
end

local knownFrom, windowMs = 0, 0
for i = 1, count do
  if ARGV[FIRST + i * SIZE - 1] ~= '' then
    knownFrom, windowMs = tonumber(call('HGET', newer, '#from') or '') or 0, tonumber(ARGV[4])
    break
  end
end
local outcomes, seen, records, lines = { nil }, {}, { nil, nil }, { '', nil, nil, nil }
local sealed, countBefore, stored = { sealKey, nil, nil, nil }, n, 0
for i = 1, count do
  local at = FIRST + (i - 1) * SIZE
  local field, hash, firstSentAt = ARGV[at + 4], ARGV[at + 5], tonumber(ARGV[at + 6])
  local record = seen[field] or inNewer[i + HEAD] or inOlder[i + HEAD]
  if record then
    local id, kept = string.match(record, '^(%S+) (%S+)$')
    outcomes[i] = kept == hash and 'd ' .. id or 'c'
  elseif firstSentAt and (now - firstSentAt > windowMs or firstSentAt < knownFrom) then
    outcomes[i] = 'b'
  else
    -- Only the first entry of a call can be refused, so that a refusal means that nothing is stored: Redis checks
    -- memory, replicas and disk before the first write of a script, and the count has to reach for all that are left.
    if n + count - i + 1 >= MAX_PART then
      return redis.error_reply('HOLDLINE_FULL the room has counted as far as it can')
    end
    n = n + 1
    local data, header = ARGV[at + 2], ARGV[at] .. previous .. ARGV[at + 1]
    local id = format(n < 1e9 and '%.0f-%d' or '%.0f-%.0f', ms, n)
    local added = redis.pcall('XADD', stream, id, 'h', header, 'd', data)
    local refusal = type(added) == 'table' and added.err
    -- Somebody may have put a higher ID there by hand: then time moves on past the last one that the stream gave
    -- out, also where that entry is gone.
    if refusal and (string.find(refusal, 'equal or smaller', 1, true) or string.find(refusal, 'exhausted', 1, true)) then
      local last = '0-0'
      if call('EXISTS', stream) == 1 then
        local info = call('XINFO', 'STREAM', stream)
        for k = 1, #info, 2 do
          if info[k] == 'last-generated-id' then last = info[k + 1] end
        end
      end
      ms = tonumber(string.match(last, '^(%d+)')) + 1
      if ms >= MAX_PART then
        return redis.error_reply('HOLDLINE_FULL an entry put there by hand has an ID beyond all of ours')
      end
      id = format('%.0f-%.0f', ms, n)
      added = redis.pcall('XADD', stream, id, 'h', header, 'd', data)
      refusal = type(added) == 'table' and added.err
    end
    if refusal then return redis.error_reply(refusal) end
    previous = id .. '~' .. ARGV[at + 3]
    seen[field] = id .. ' ' .. hash
    records[2 * stored + 1], records[2 * stored + 2] = field, seen[field]
    local line = 3 * stored + 1
    stored = stored + 1
    lines[line + 1], lines[line + 2], lines[line + 3] = id, header, data
    -- The hash stands for the payload: hashing that here would cost more than all the rest.
    sealed[line + 1], sealed[line + 2], sealed[line + 3] = id, header, hash
    outcomes[i] = 's ' .. id
  end
end
if stored == 0 then return outcomes end

-- Whole nodes of a stream go at a time, so looking at it with every append would not make it go sooner.
if floor(n / TRIM_EVERY) > floor(countBefore / TRIM_EVERY) then
  call('XTRIM', stream, 'MAXLEN', '~', ARGV[2])
  if age ~= '' then call('XTRIM', stream, 'MINID', '~', format('%.0f', math.max(0, now - age))) end
end

-- A hash that takes many records is counted now and then; it may be fuller by a thousandth.
local maxRecords = tonumber(ARGV[7])
local countEvery = math.ceil(maxRecords / 1000)
local isCounted = floor(n / countEvery) > floor(countBefore / countEvery)
local kept = inNewer[2]
if not startedAt or now - startedAt >= rotateMs or (isCounted and call('HLEN', newer) >= maxRecords) then
  if startedAt then newer = older end
  kept = nil
  call('UNLINK', newer)
  -- Later than the other one whatever the clock says, so that the two cannot change places.
  call('HSET', newer, '#', format('%.0f', math.max(now, (startedAt or 0) + 1)))
  -- What is left begins where the fuller hash began; a client's clock may be ahead by the slack of the rotation, and
  -- in proportion by less where it comes early: a busy room would know of no retry at all.
  if startedAt then
    local life = math.max(0, math.min(now - startedAt, rotateMs))
    local knownSince = startedAt + floor(life * (rotateMs - tonumber(ARGV[4])) / rotateMs)
    call('HSET', newer, '#from', format('%.0f', knownSince))
  end
end

-- Lifetimes are renewed once in a while, and at once where they change or the position is new. `#wide` is longer than
-- what Redis keeps in a listpack: each lookup would walk through that from its start to its end.
local wanted = age .. ' ' .. ARGV[5] .. ' ' .. period
if kept == wanted and isPlaced then
  call('SET', position, previous, 'KEEPTTL')
else
  call('HSET', newer, '#kept', wanted, '#wide', string.rep('-', 65))
  call('SET', position, previous, 'PX', format('%.0f', ARGV[6] + RENEW_MS))
  call('PEXPIRE', newer, format('%.0f', 2 * rotateMs + RENEW_MS))
  if age ~= '' then
    call('PEXPIRE', stream, format('%.0f', age + RENEW_MS))
  else
    call('PERSIST', stream)
  end
end
call('HSET', newer, unpack(records))

lines[1] = '1e ' .. string.sub(redis.sha1hex(table.concat(sealed, '\n')), 1, 16)
-- Joining a table makes a string for each step of the way, and Lua hashes every byte of every string.
local announcement = stored > 1 and table.concat(lines, '\n')
  or lines[1] .. '\n' .. lines[2] .. '\n' .. lines[3] .. '\n' .. lines[4]
call('PUBLISH', channel, announcement)
return outcomes
