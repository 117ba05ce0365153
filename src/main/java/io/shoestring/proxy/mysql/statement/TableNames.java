package io.shoestring.proxy.mysql.statement;

import io.shoestring.proxy.mysql.statement.Tokenizer.Token;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Finds, among the tokens of a statement, tables of the schemas that the proxy knows better than
 * the server. Nothing is allocated while there is none.
 */
final class TableNames {
    /** What may stand after a table's name and is not another name of it. */
    private static final Set<String> NO_ALIAS =
            Set.of(
                    """
                    where order group having limit offset fetch join inner left right cross natural
                    straight_join on using union except intersect minus for lock into window
                    procedure
                    """
                            .strip()
                            .split("\\s+"));

    private List<TableName> found = List.of();
    private String schema = "";
    private int schemaIndex;
    private boolean afterDot;
    private String name = "";
    private int nameEnd;

    /** The next token. */
    void see(Token token, Tokenizer at) {
        if (!name.isEmpty()) {
            follows(token, at.word());
        }
        if (token == Token.DOT && !schema.isEmpty() && !afterDot) {
            afterDot = true;
            return;
        }
        if (token == Token.WORD && afterDot) {
            name = at.word();
            nameEnd = at.to();
        } else if (token == Token.WORD && isKnown(at.word())) {
            schema = at.word();
            schemaIndex = at.from();
            afterDot = false;
            return;
        }
        afterDot = false;
        if (name.isEmpty()) {
            schema = "";
        }
    }

    private static boolean isKnown(String word) {
        return word.equals("shoestring") || word.equals("information_schema");
    }

    /** With a dot behind it it is a column's table, and with a parenthesis a function. */
    private void follows(Token token, String word) {
        boolean alias = token == Token.QUOTED || (token == Token.WORD && !NO_ALIAS.contains(word));
        if (token != Token.DOT && token != Token.OPEN) {
            add(new TableName(schema, name, schemaIndex, nameEnd, alias));
        }
        name = "";
        schema = "";
    }

    /** A SHOW statement is about this. */
    void shows(String subject) {
        add(new TableName(TableName.SHOW, subject, 0, 0, false));
    }

    private void add(TableName table) {
        if (found.isEmpty()) {
            found = new ArrayList<>();
        }
        found.add(table);
    }

    /** All of them, in their order. */
    List<TableName> found() {
        return found;
    }
}
