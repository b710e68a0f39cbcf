-- Hop 5/8: reads one page of a room and its position, in one atomic step and as one text, so that who asked takes one
-- string apart and not nine for each entry.
--
-- KEYS  1 stream  2 position (one hash slot)
-- ARGV  1 where to begin, as XRANGE takes it  2 entries at most
-- Returns `<entries> <position>` (no position: nothing after the blank) and then, each on a line of its own, ID, `h`
--       and `d` of every entry; nil where an entry has other fields. Where the entries are large, how many of them should be
--       read instead, as far as can be told from the first ones: Lua hashes every byte of every string it makes, so many
--       of those would hold up all the others. A line break inside shows in the number of lines.
-- Complexity O(entries). Writes nothing, so a Redis without memory and a read-only one answer it.

local stream, position = KEYS[1], KEYS[2]
local from, left = ARGV[1], tonumber(ARGV[2])
local SLICE = 32
local MAX_BYTES = 131072
-- A socket takes 64 KB and then some; what is read beyond that is read again. The last entry only vouches for the others.
local WORTH_BYTES = 262144
local FEWEST = 2

local lines = { '' }
local last, bytes = 1, 0
while left > 0 do
  local wanted = math.min(SLICE, left)
  local entries = redis.call('XRANGE', stream, from, '+', 'COUNT', wanted)
  for i = 1, #entries do
    local entry = entries[i]
    local fields = entry[2]
    if fields[1] ~= 'h' or fields[3] ~= 'd' or fields[5] then return false end
    bytes = bytes + #fields[4]
    lines[last + 1] = entry[1]
    lines[last + 2] = fields[2]
    lines[last + 3] = fields[4]
    last = last + 3
  end
  if bytes > MAX_BYTES then return math.max(FEWEST, math.floor(WORTH_BYTES * (last - 1) / 3 / bytes)) end
  if #entries < wanted then break end
  left = left - wanted
  from = '(' .. lines[last - 2]
end
lines[1] = (last - 1) / 3 .. ' ' .. (redis.call('GET', position) or '')
return table.concat(lines, '\n')
