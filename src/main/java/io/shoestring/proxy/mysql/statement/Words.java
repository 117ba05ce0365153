package io.shoestring.proxy.mysql.statement;

import java.util.Set;

/** The words that decide. */
final class Words {
    /** Built-in functions that read nothing but their arguments, or the clock. */
    static final Set<String> HARMLESS =
            Set.of(
                    """
                    abs acos adddate addtime any_value ascii asin atan atan2 avg bin bit_and bit_count
                    bit_length bit_or bit_xor cast ceil ceiling char char_length character_length
                    charset coalesce coercibility collation concat concat_ws conv convert convert_tz
                    cos cot count crc32 cume_dist curdate current_date current_time current_timestamp
                    curtime database date date_add date_format date_sub datediff day dayname
                    dayofmonth dayofweek dayofyear degrees dense_rank elt exp export_set extract field
                    find_in_set first_value floor format from_base64 from_days from_unixtime
                    get_format greatest group_concat hex hour if ifnull inet6_aton inet6_ntoa
                    inet_aton inet_ntoa instr isnull json_array json_arrayagg json_contains
                    json_contains_path json_depth json_extract json_keys json_length json_object
                    json_objectagg json_pretty json_quote json_search json_type json_unquote
                    json_valid json_value lag last_day last_value lcase lead least left length ln
                    localtime localtimestamp locate log log10 log2 lower lpad ltrim makedate make_set
                    maketime max md5 microsecond mid min minute mod month monthname now nth_value
                    ntile nullif oct octet_length ord percent_rank period_add period_diff pi position
                    pow power quarter quote radians rand rank regexp_instr regexp_like regexp_replace
                    regexp_substr repeat replace reverse right round row_number rpad rtrim schema
                    sec_to_time second sha sha1 sha2 sign sin soundex space sqrt std stddev stddev_pop
                    stddev_samp str_to_date strcmp subdate substr substring substring_index subtime
                    sum sysdate tan time time_format time_to_sec timediff timestamp timestampadd
                    timestampdiff to_base64 to_days to_seconds trim truncate ucase unhex
                    unix_timestamp upper utc_date utc_time utc_timestamp var_pop var_samp variance
                    week weekday weekofyear weight_string year yearweek
                    """
                            .strip()
                            .split("\\s+"));

    /** Words of the grammar that may stand before a parenthesis and call nothing. */
    static final Set<String> GRAMMAR =
            Set.of(
                    """
                    all and any as between binary by case distinct distinctrow div else except exists
                    force from having ignore in index inner intersect interval is join key left like
                    limit match mod not on or order over partition regexp right rlike row select
                    some sounds then union use using values when where with xor against decimal
                    char varchar varbinary separator
                    """
                            .strip()
                            .split("\\s+"));

    /** Words after which a SELECT is not certainly a mere read. */
    static final Set<String> SPOIL =
            Set.of(
                    """
                    into for lock procedure next previous sql_calc_found_rows information_schema
                    performance_schema mysql sys nextval lastval current_role
                    """
                            .strip()
                            .split("\\s+"));

    /** Functions that answer for the statement before. */
    static final Set<String> LAST_ANSWER = Set.of("found_rows", "row_count");

    /** Functions that leave nothing behind, and that only the session's own connection answers. */
    static final Set<String> OF_CONNECTION = Set.of("connection_id");

    /** Variables that say which server answers, and cannot be set: whoever is asked may answer. */
    static final Set<String> OF_ANY_SERVER =
            Set.of("hostname", "port", "report_host", "report_port", "version", "version_comment");

    /** Variables whose value belongs to one statement, or one server. */
    static final Set<String> FOR_ONE_STATEMENT =
            Set.of(
                    "timestamp",
                    "insert_id",
                    "last_insert_id",
                    "identity",
                    "rand_seed1",
                    "rand_seed2",
                    "pseudo_thread_id",
                    "gtid_next",
                    "gtid_seq_no",
                    "gtid_domain_id",
                    "server_id",
                    "statement");

    private Words() {}
}
