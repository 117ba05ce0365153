#!/usr/bin/env bash
# Shoestring's deadman. Stops the database servers of a node whose process is dead or frozen, before
# another machine may take over. The node starts it, and it outlives the node.
#
#   deadman.sh DIRECTORY WATCHDOG [NAME DATA ADDRESSES]...
#
# DIRECTORY is the node's own; WATCHDOG the machine's watchdog, such as /dev/watchdog, or empty; of each member NAME, its data directory and the names of the virtual
# addresses that follow it. Each line on the standard input says how long a member may go on:
#
#   NAME INSTANT    until then, in hundredths of a second as /proc/uptime counts them
#   NAME off        for ever: it does not rely on a lease
#   end             the node ends on purpose: nothing is stopped
#
# The instant is absolute: a line that comes late is no more than it was. When the input ends without
# "end" the node was killed: what was said last still holds, until a node comes back and takes over.
#
# Nothing but the shell itself is needed to wait, to find and to kill; "ip" removes addresses.
set -u
trap '' PIPE HUP INT QUIT

readonly grace=40 # The node is given so long to do it itself.
readonly directory=$1 watchdog=$2
shift 2

declare -A data=() addresses=() until=()
names=()
while (($# >= 3)); do
    names+=("$1")
    data[$1]=$2
    addresses[$1]=$3
    shift 3
done

say() {
    local line
    printf -v line '%(%Y-%m-%d %H:%M:%S)T %s' -1 "$*"
    printf '%s\n' "$line" >>"$directory/deadman.log" 2>/dev/null
    printf 'deadman: %s\n' "$line" >&2 2>/dev/null
}

# Sets "now".
look_at_clock() {
    local text rest
    read -r text rest </proc/uptime
    now=$((10#${text/./}))
}

# Sets "started" to the clock tick in which a process began; empty: there is none.
began() {
    local text
    started=
    { read -r text </proc/"$1"/stat; } 2>/dev/null || return
    # The name, in parentheses, may have anything in it.
    set -- ${text##*) }
    started=${20:-}
}

names() {
    local argument arguments=()
    { mapfile -d '' arguments <"$1/cmdline"; } 2>/dev/null
    for argument in "${arguments[@]}"; do
        [[ ! ${argument#*=} -ef $2 ]] || return 0
    done
    return 1
}

# Sets "found" to the processes of the server with that data directory, the main one first.
find_server() {
    local process pid comm text main=
    found=()
    { read -r main <"$1/postmaster.pid"; } 2>/dev/null
    for process in /proc/[0-9]*; do
        comm=
        { read -r comm <"$process/comm"; } 2>/dev/null || continue
        case $comm in
            postgres | postmaster | edb-postgres | mariadbd | mysqld) ;;
            *) continue ;;
        esac
        # The very directory, by whatever name: a server makes it its working directory. Before it
        # does, its arguments name it.
        [[ $process/cwd -ef $1 ]] || names "$process" "$1" || continue
        pid=${process#/proc/}
        if [[ $pid == "$main" ]]; then
            found=("$pid" "${found[@]}")
        else
            found+=("$pid")
        fi
    done
}

# Ends every process that has the data directory, and reads back that there is none.
stop_server() {
    local name=$1 pid killed=0 empty=0 looks
    for ((looks = 0; looks < 100; looks++)); do
        find_server "${data[$name]}"
        if ((${#found[@]} == 0 && empty == 0)); then
            # One that is being started has another name for a moment.
            empty=1
            sleep 0.1
            continue
        fi
        if ((${#found[@]} == 0)); then
            ((killed == 0)) || say "All processes of $name (${data[$name]}) were killed: its node" \
                "has ended, or is frozen, its lease was not renewed in time, and another member may take" \
                "over from now on."
            return 0
        fi
        empty=0
        for pid in "${found[@]}"; do
            kill -KILL "$pid" 2>/dev/null && ((killed++))
        done
        sleep 0.02
    done
    say "Processes ${found[*]} of $name (${data[$name]}) cannot be killed: look at them, they may" \
        "wait for a disk. It is tried again."
    return 1
}

# The node wrote down which addresses it may have set, and where.
remove_addresses() {
    local address interface prefix
    for address in ${addresses[$1]}; do
        { read -r interface prefix <"$directory/addresses/$address"; } 2>/dev/null || continue
        ip address delete "$prefix" dev "$interface" 2>/dev/null \
            && say "The virtual address $address ($prefix) was taken from $interface."
    done
}

stop_overdue() {
    local name
    look_at_clock
    for name in "${!until[@]}"; do
        if ((now >= until[$name] + grace)); then
            # First what writes, then what leads there.
            if stop_server "$name"; then
                remove_addresses "$name"
                unset "until[$name]"
            fi
        fi
    done
}

obey() {
    local name=$1 instant=$2
    case $instant in
        off) unset "until[$name]" ;;
        '' | *[!0-9]*) ;;
        *) [[ -n ${data[$name]+known} ]] && until[$name]=$((10#$instant)) ;;
    esac
}

# The one of an earlier node of this directory says what it knows, and ends.
take_over() {
    local pid tick name instant looks
    { read -r pid tick <"$directory/deadman.pid"; } 2>/dev/null || return
    began "$pid"
    [[ -n $started && $started == "$tick" ]] || return
    rm -f "$directory/deadman.held"
    kill -TERM "$pid" 2>/dev/null || return
    for ((looks = 0; looks < 100; looks++)); do
        began "$pid"
        [[ $started == "$tick" ]] || break
        sleep 0.05
    done
    if [[ $started == "$tick" ]]; then
        say "The deadman of an earlier node (process $pid) does not answer and was killed."
        kill -KILL "$pid" 2>/dev/null
    fi
    while read -r name instant; do
        obey "$name" "$instant"
    done 2>/dev/null <"$directory/deadman.held"
    rm -f "$directory/deadman.held"
}

hand_over() {
    local name
    for name in "${!until[@]}"; do
        printf '%s %s\n' "$name" "${until[$name]}"
    done >"$directory/deadman.held" 2>/dev/null
    close_watchdog
    exit 0
}

# Waits for a line, for a second at most. With a member under guard the last look is on time.
pause() {
    local least=100 name
    look_at_clock
    for name in "${!until[@]}"; do
        ((until[$name] + grace - now >= least)) || least=$((until[$name] + grace - now))
    done
    ((least >= 2)) || least=2
    printf -v pause '%d.%02d' $((least / 100)) $((least % 100))
}

# The machine is reset if the watchdog hears nothing for so long: when this process is stopped, too.
# With a lease of 9 s that was renewed 5 s ago it still comes before another machine may take over.
readonly reset_seconds=4 lease_left=200

open_watchdog() {
    dog=
    [[ -n $watchdog ]] || return
    wdctl --settimeout "$reset_seconds" "$watchdog" >/dev/null 2>&1 \
        || say "The watchdog $watchdog could not be set to $reset_seconds s: its own time-out holds," \
            "which may be too long. See 'wdctl $watchdog'."
    { exec {dog}>"$watchdog"; } 2>/dev/null \
        || { dog=; say "The watchdog $watchdog cannot be opened: the node works without it."; }
}

# Not while a member's lease was not renewed for long: until it is, or the server is stopped.
calm_watchdog() {
    local name
    [[ -n $dog ]] || return
    for name in "${!until[@]}"; do
        ((until[$name] - now > lease_left)) || return
    done
    printf . >&"$dog" 2>/dev/null
}

# "V" is what the kernel wants to hear of who ends on purpose.
close_watchdog() {
    [[ -n $dog ]] || return
    printf V >&"$dog" 2>/dev/null
    exec {dog}>&-
    dog=
}

{ printf -- '-900' >/proc/self/oom_score_adj; } 2>/dev/null
take_over
trap hand_over TERM
began $$
printf '%s %s\n' $$ "$started" >"$directory/deadman.pid.new" \
    && mv -f "$directory/deadman.pid.new" "$directory/deadman.pid"
open_watchdog
printf 'ready\n'
exec >/dev/null

connected=1
while true; do
    pause
    if ((connected)); then
        name=
        instant=
        read -r -t "$pause" name instant
        status=$?
        if ((status == 0)); then
            [[ $name != end ]] || break
            obey "$name" "$instant"
        elif ((status <= 128)); then
            connected=0
        fi
    else
        ((${#until[@]} > 0)) || break
        sleep "$pause"
    fi
    stop_overdue
    calm_watchdog
done
close_watchdog
rm -f "$directory/deadman.pid"
