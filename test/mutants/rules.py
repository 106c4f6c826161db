"""rules.py
What may be broken: each entry is a rule of the source without which some
answer, or some request, is wrong.

(name, file below src/, text that stands there exactly once, text instead).
How the text is laid out doesn't matter: any white space matches any other.
"""

SHIPPABLE = [
    ("text is ordered under every collation", "mapping/shippable.c",
     "if (ddb_datum_is_ordered(&view)) return true;", "return true;"),
    ("a clause's own collation is ignored", "mapping/shippable.c",
     "view.collation = collation;", ""),
    ("equal under a nondeterministic collation is equal on the wire",
     "mapping/shippable.c",
     "if (is_text && !get_collation_isdeterministic(collation))",
     "if (false)"),
    ("LIKE 'x%y' says no more than its prefix", "mapping/shippable.c",
     "return i == len - 1;", "return true;"),
    ("op ANY is = ANY whatever the operator", "mapping/shippable.c",
     "(clause.is_list && op != DDB_OP_EQ)", "false"),
    ("of an OR's arm one equality is all", "mapping/shippable.c",
     "constraint->exact = list_length(clauses) == 1;",
     "constraint->exact = true;"),
    ("(a, b) < (x, y) bounds a strictly", "mapping/shippable.c",
     "constraint->op = DDB_OP_LE;", "constraint->op = DDB_OP_LT;"),
    ("a volatile value is evaluated once", "mapping/shippable.c",
     "!contain_volatile_functions(expr) &&", ""),
]

CONDITION = [
    ("a bound that is rounded outward stays strict", "mapping/condition.c",
     "strict = false;", ""),
    ("bounds are rounded inward", "mapping/condition.c",
     "upper ? DDB_ROUND_UP : DDB_ROUND_DOWN, &key)",
     "upper ? DDB_ROUND_DOWN : DDB_ROUND_UP, &key)"),
    ("what lies below all values is above them", "mapping/condition.c",
     "case DDB_ENCODED_BELOW: return !upper;",
     "case DDB_ENCODED_BELOW: return upper;"),
    ("an empty string is sent as a bound", "mapping/condition.c",
     "if (key.len == 0) return !upper;", ""),
    ("a pattern's backslashes stay", "mapping/condition.c",
     "if (*ptr == '\\\\' && ++ptr == end) break;", ""),
    ("NULL in a list is a key", "mapping/condition.c",
     "list->usable[list->n++] = !isnull &&", "list->usable[list->n++] ="),
    ("numbers are ordered as texts", "mapping/key.c",
     "if (a->value.type == DDB_TYPE_N) return",
     "if (false) return"),
]

FILTER = [
    ("what is negated lacks its guard", "mapping/term.c",
     "return ddb_term_and(ddb_term_not(term), ddb_term_not_null(column));",
     "return ddb_term_not(term);"),
    ("IS NULL is missing only", "mapping/term.c",
     "list_make2(ddb_term_make(DDB_TERM_MISSING, column),"
     " ddb_term_type(column, DDB_TYPE_NULL))",
     "list_make1(ddb_term_make(DDB_TERM_MISSING, column))"),
    ("IS NULL knows no misfits", "mapping/term.c",
     "if (!ddb_datum_is_total(column)) return ddb_term_unknown();", ""),
    ("NOT of a superset is sent", "mapping/term.c",
     "if (!term->exact) return ddb_term_unknown();", ""),
    ("<> lacks its guard", "mapping/filter_atom.c",
     "return ddb_term_and(ddb_term_condition(DDB_TERM_COMPARE, column, \"<>\","
     " &value), ddb_term_not_null(column));",
     "return ddb_term_condition(DDB_TERM_COMPARE, column, \"<>\", &value);"),
    ("< is <=", "mapping/filter_atom.c",
     '[DDB_FILTER_LT] = "<",', '[DDB_FILTER_LT] = "<=",'),
    (">= is >", "mapping/filter_atom.c",
     '[DDB_FILTER_GE] = ">=",', '[DDB_FILTER_GE] = ">",'),
    ("NOT IN passes over NULL", "mapping/filter_atom.c",
     "case DDB_ENCODED_NULL: if (negated) return ddb_term_constant(false);"
     " break; case DDB_ENCODED_NOTHING: break; default:",
     "case DDB_ENCODED_NULL: case DDB_ENCODED_NOTHING: break; default:"),
    ("IN () is true", "mapping/filter_atom.c",
     "if (n == 0) return ddb_term_constant(negated);",
     "if (n == 0) return ddb_term_constant(!negated);"),
    ("IS DISTINCT FROM is <>", "mapping/filter_atom.c",
     "return negated ? equal : ddb_term_not(equal);",
     "return negated ? equal : ddb_term_guarded_not(column, equal);"),
    ("lists are longer than the service takes", "mapping/term.c",
     "#define MAX_IN 99", "#define MAX_IN 1000"),
    ("NOT doesn't turn AND into OR", "mapping/filter.c",
     "(expr->boolop == AND_EXPR) != negated ?",
     "(expr->boolop == AND_EXPR) ?"),
    ("NOT is forgotten", "mapping/filter.c",
     "return read_node(reader, linitial(expr->args), !negated);",
     "return read_node(reader, linitial(expr->args), negated);"),
    ("of an OR a part is left out", "mapping/filter.c",
     "(filter->kind != DDB_FILTER_AND || args == NIL)", "(args == NIL)"),
    ("IS NOT TRUE of a superset", "mapping/filter.c",
     "if (filter->kind == DDB_FILTER_NOT && !result->exact)", "if (false)"),
    ("a key that doesn't fit its column is counted", "fdw/pushdown.c",
     "column != NULL && ddb_datum_is_total(column) &&", ""),
    ("NOT doesn't turn ANY into ALL", "mapping/filter_rules.c",
     "ddb_filter_negate_quantifier(comparison.quantifier) :"
     " comparison.quantifier; if (IsA(node, DistinctExpr))",
     "comparison.quantifier : comparison.quantifier;"
     " if (IsA(node, DistinctExpr))"),
    ("every value fits its column", "mapping/encode.c",
     "return codec->domain == NULL && codec->element == NULL &&",
     "return true ||"),
]

ACCESS = [
    ("what isn't in a sparse index isn't missed", "fdw/access.c",
     "return index->name == NULL || is_listed(",
     "return true || is_listed("),
    ("an index has what it doesn't project", "fdw/access.c",
     "if (index->projection == DDB_PROJECT_ALL) return true;",
     "return true;"),
    ("a global index is strongly consistent", "fdw/access.c",
     "if (index->global && options->consistent_read == DDB_CONSISTENT_ON)",
     "if (false)"),
    ("a filter names the key that a Query reads by", "fdw/pushdown.c",
     "if (target->access->operation == DDB_QUERY &&", "if (false &&"),
    ("a filter names what the index lacks", "fdw/pushdown.c",
     "if (index->name != NULL && !ddb_schema_index_projects(",
     "if (false && !ddb_schema_index_projects("),
    ("an item is as old as its entry", "fdw/pushdown.c",
     "return constraint->exact && !access->fetches &&",
     "return constraint->exact &&"),
    ("every key says all of its clause", "fdw/pushdown.c",
     "return constraint->exact &&", "return"),
    ("a security barrier is climbed", "fdw/pushdown.c",
     "if (!may_be_seen(rel, rinfo, pushdown->local))", "if (false)"),
]

SCAN = [
    ("backward is forward", "fdw/scan_start.c",
     "if (scan->backward) ddb_request_set_backward(request);", ""),
    ("nothing is rechecked", "fdw/scan.c",
     "scan->recheck = scan->rechecks ||"
     " !(scan->filter.exact && scan->keys.exact);",
     "scan->recheck = scan->rechecks;"),
    ("another outer row has the same answer", "fdw/scan.c",
     "!bms_overlap(node->ss.ps.chgParam, scan->params) &&", ""),
    ("a key is asked for twice in a batch", "fdw/stream_keys.c",
     "again = is_double(batch, added);", "again = false;"),
    ("where an item was is where it is", "fdw/stream_keys.c",
     "(first == NULL || *found < first) &&"
     " is_as_checked(stream, *found, values)",
     "first == NULL || *found < first"),
    ("a page that is empty is the last", "fdw/stream_pages.c",
     "if (pages->opened && pages->page.last_key == NULL)",
     "if (pages->opened && (pages->page.last_key == NULL ||"
     " pages->page.count == 0))"),
    ("what was left undone isn't there", "fdw/stream_keys.c",
     "if (page.unprocessed == NULL) { ddb_budget_learn_keys(",
     "if (true) { ddb_budget_learn_keys("),
]

ALL = SHIPPABLE + CONDITION + FILTER + ACCESS + SCAN
