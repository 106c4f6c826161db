"""expression.py
DynamoDB's expressions, evaluated on items in their wire form: conditions and
filters, key conditions, updates and projections.

    condition("attribute_not_exists(#0) OR #1 < :1")(item, names, values)
    update("SET #0 = #0 + :1 REMOVE #2")(item, names, values)  ->  a new item
    project("#0, #1.#2[0]")(item, names)
    key_condition("#0 = :0 AND #1 BETWEEN :1 AND :2")

Each text is parsed once.  An Invalid is what the service would call a
ValidationException; the wording is our own.
"""

import copy
import decimal
import functools
import re

CONTEXT = decimal.Context(prec=38)
TOKEN = re.compile(r"\s*(<=|>=|<>|[#:]?[A-Za-z0-9_]+|[()\[\],.=<>+-])")
WORDS = {"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"}
SETS = {"SS", "NS", "BS"}


class Invalid(Exception):
    pass


def number(text):
    return decimal.Decimal(text)


def spelled(value):
    """A number as the service writes it."""
    text = format(value.normalize(CONTEXT), "f")
    return "0" if text in ("-0", "0") else text


def kind(value):
    return next(iter(value))


def comparable(value):
    """What two values of one type are compared by."""
    name, content = next(iter(value.items()))
    if name == "N":
        return number(content)
    if name == "S":
        return content.encode()
    if name in SETS:
        return frozenset(map(number, content) if name == "NS" else content)
    if name == "L":
        return [(kind(v), comparable(v)) for v in content]
    if name == "M":
        return {k: (kind(v), comparable(v)) for k, v in content.items()}
    return content


def equal(a, b):
    return a is not None and b is not None and kind(a) == kind(b) \
        and comparable(a) == comparable(b)


def less(a, b):
    """None where the two have no order."""
    if a is None or b is None or kind(a) != kind(b) \
            or kind(a) not in ("S", "N", "B"):
        return None
    return comparable(a) < comparable(b)


def compare(operator, a, b):
    if operator == "=":
        return equal(a, b)
    if operator == "<>":
        return a is not None and b is not None and not equal(a, b)
    if operator in ("<", ">="):
        answer = less(a, b)
        negated = operator == ">="
    else:
        answer = less(b, a)
        negated = operator == "<="
    return answer is not None and answer != negated


def begins_with(a, b):
    return a is not None and b is not None and kind(a) == kind(b) == "S" \
        and a["S"].startswith(b["S"])


def contains(a, b):
    if a is None or b is None:
        return False
    if kind(a) == "S":
        return kind(b) == "S" and b["S"] in a["S"]
    if kind(a) == "L":
        return any(equal(v, b) for v in a["L"])
    return kind(a) in SETS and kind(a)[0] == kind(b) \
        and comparable(a) >= comparable({kind(a): [b[kind(b)]]})


def size(a):
    if a is None or kind(a) not in ("S", "B", "L", "M", "SS", "NS", "BS"):
        return None
    content = a[kind(a)]
    return {"N": str(len(content.encode() if kind(a) == "S" else content))}


def follow(item, path):
    value = {"M": item}
    for step in path:
        content = value.get("L" if isinstance(step, int) else "M")
        if content is None:
            return None
        if isinstance(step, int):
            if step >= len(content):
                return None
            value = content[step]
        else:
            value = content.get(step)
            if value is None:
                return None
    return value


class Parser:
    """Yields functions of (item, names, values)."""

    def __init__(self, text):
        self.tokens = []
        offset = 0
        text = text.rstrip()
        while offset < len(text):
            match = TOKEN.match(text, offset)
            if not match:
                raise Invalid("syntax error at " + text[offset:])
            self.tokens.append(match.group(1))
            offset = match.end()
        self.tokens.append("")
        self.n = 0

    def peek(self):
        token = self.tokens[self.n]
        return token.upper() if token.upper() in WORDS else token

    def next(self):
        token = self.peek()
        self.n += 1
        return token

    def accept(self, token):
        if self.peek() != token:
            return False
        self.n += 1
        return True

    def expect(self, token):
        if not self.accept(token):
            raise Invalid("syntax error: %s expected, not \"%s\""
                          % (token or "the end", self.peek()))

    def path(self):
        """A list of names (as they are written) and numbers."""
        steps = []
        while True:
            token = self.next()
            if not re.fullmatch(r"#?[A-Za-z0-9_]+", token):
                raise Invalid("syntax error: no name: \"%s\"" % token)
            steps.append(token)
            while self.accept("["):
                steps.append(int(self.next()))
                self.expect("]")
            if not self.accept("."):
                return steps

    def arguments(self, count):
        self.expect("(")
        result = [self.operand()]
        while self.accept(","):
            result.append(self.operand())
        self.expect(")")
        if count and len(result) != count:
            raise Invalid("wrong number of arguments")
        return result

    def operand(self):
        token = self.peek()
        if token.startswith(":"):
            self.next()
            return lambda item, names, values: value_of(values, token)
        if self.tokens[self.n + 1] == "(":
            return self.function(self.next())
        path = self.path()
        return lambda item, names, values: follow(item, resolve(path, names))

    def function(self, name):
        if name == "if_not_exists":
            old, new = self.arguments(2)
            return lambda *env: new(*env) if old(*env) is None else old(*env)
        if name == "list_append":
            first, second = self.arguments(2)
            return lambda *env: {"L": first(*env)["L"] + second(*env)["L"]}
        if name == "size":
            of, = self.arguments(1)
            return lambda *env: size(of(*env))
        raise Invalid("unknown function " + name)

    def condition(self):
        left = self.conjunction()
        while self.accept("OR"):
            left = either(left, self.conjunction())
        return left

    def conjunction(self):
        left = self.negation()
        while self.accept("AND"):
            left = both(left, self.negation())
        return left

    def negation(self):
        if self.accept("NOT"):
            inner = self.negation()
            return lambda *env: not inner(*env)
        if self.accept("("):
            inner = self.condition()
            self.expect(")")
            return inner
        return self.comparison()

    def comparison(self):
        name = self.peek()
        if name in ("attribute_exists", "attribute_not_exists"):
            self.next()
            of, = self.arguments(1)
            wanted = name == "attribute_exists"
            return lambda *env: (of(*env) is not None) == wanted
        if name == "attribute_type":
            self.next()
            of, type_of = self.arguments(2)
            return lambda *env: of(*env) is not None \
                and kind(of(*env)) == type_of(*env)["S"]
        if name in ("begins_with", "contains"):
            self.next()
            of, with_ = self.arguments(2)
            test = begins_with if name == "begins_with" else contains
            return lambda *env: test(of(*env), with_(*env))

        left = self.operand()
        if self.accept("BETWEEN"):
            low = self.operand()
            self.expect("AND")
            high = self.operand()
            return lambda *env: compare(">=", left(*env), low(*env)) \
                and compare("<=", left(*env), high(*env))
        if self.accept("IN"):
            members = self.arguments(0)
            return lambda *env: any(equal(left(*env), member(*env))
                                    for member in members)
        operator = self.next()
        if operator not in ("=", "<>", "<", "<=", ">", ">="):
            raise Invalid("syntax error: no comparison: \"%s\"" % operator)
        right = self.operand()
        return lambda *env: compare(operator, left(*env), right(*env))

    def assignment(self):
        path = self.path()
        self.expect("=")
        value = self.operand()
        operator = self.peek()
        if operator in ("+", "-"):
            self.next()
            return path, plus(value, self.operand(), operator)
        return path, value

    def with_operand(self):
        path = self.path()
        return path, self.operand()


def either(a, b):
    return lambda *env: a(*env) or b(*env)


def both(a, b):
    return lambda *env: a(*env) and b(*env)


def plus(a, b, operator):
    def added(*env):
        left, right = a(*env), b(*env)
        if left is None or "N" not in left or "N" not in right:
            raise Invalid("an operand is no number")
        left, right = number(left["N"]), number(right["N"])
        return {"N": spelled(CONTEXT.add(left, right) if operator == "+"
                             else CONTEXT.subtract(left, right))}
    return added


def resolve(path, names):
    return [names[step] if isinstance(step, str) and step.startswith("#")
            else step for step in path]


def value_of(values, token):
    if token not in values:
        raise Invalid("value %s isn't defined" % token)
    return values[token]


def assign(item, path, value):
    """Changes the item; None removes."""
    parent = follow(item, path[:-1])
    if parent is None or kind(parent) not in ("M", "L"):
        raise Invalid("the path leads nowhere")
    content, last = parent[kind(parent)], path[-1]
    if isinstance(last, int):
        if value is None:
            del content[last:last + 1]
        elif last < len(content):
            content[last] = value
        else:
            content.append(value)
    elif value is None:
        content.pop(last, None)
    else:
        content[last] = value


def add(old, value):
    if old is None:
        return value
    name = kind(value)
    if name != kind(old):
        raise Invalid("ADD of another type")
    if name == "N":
        return {"N": spelled(CONTEXT.add(number(old["N"]),
                                         number(value["N"])))}
    return {name: old[name] + [v for v in value[name] if v not in old[name]]}


def take_out(old, value):
    if old is None:
        return None
    name = kind(value)
    left = [v for v in old[name] if v not in value[name]]
    return {name: left} if left else None


CLAUSES = {"SET": Parser.assignment, "REMOVE": Parser.path,
           "ADD": Parser.with_operand, "DELETE": Parser.with_operand}


@functools.lru_cache(1024)
def condition(text):
    parser = Parser(text)
    result = parser.condition()
    parser.expect("")
    return result


@functools.lru_cache(1024)
def update(text):
    """The paths it names are in the function's attribute "paths"."""
    parser = Parser(text)
    actions = []
    while parser.peek():
        clause = parser.next()
        if clause not in CLAUSES:
            raise Invalid("syntax error: no clause: \"%s\"" % clause)
        actions.append((clause, CLAUSES[clause](parser)))
        while parser.accept(","):
            actions.append((clause, CLAUSES[clause](parser)))

    def updated(item, names, values):
        new = copy.deepcopy(item)
        env = (item, names, values)
        for clause, action in actions:
            path = resolve(action if clause == "REMOVE" else action[0], names)
            if clause == "SET":
                value = action[1](*env)
                if value is None:
                    raise Invalid("an attribute that the update reads "
                                  "doesn't exist")
            elif clause == "REMOVE":
                value = None
            else:
                change = add if clause == "ADD" else take_out
                value = change(follow(item, path), action[1](*env))
            assign(new, path, copy.deepcopy(value))
        return new

    updated.paths = [action if clause == "REMOVE" else action[0]
                     for clause, action in actions]
    return updated


@functools.lru_cache(1024)
def paths(text):
    parser = Parser(text)
    result = [parser.path()]
    while parser.accept(","):
        result.append(parser.path())
    parser.expect("")
    return result


def project(text, item, names):
    """The parts of an item that a ProjectionExpression names; elements of
    lists close up, as the service's do."""
    result = {}
    for path in paths(text):
        path = resolve(path, names)
        value = follow(item, path)
        if value is None:
            continue
        target = result
        for step, following in zip(path, path[1:]):
            empty = {"L": []} if isinstance(following, int) else {"M": {}}
            if isinstance(step, int):
                target.append(empty)
                target = empty
            else:
                target = target.setdefault(step, empty)
            target = target[kind(target)]
        if isinstance(path[-1], int):
            target.append(value)
        else:
            target[path[-1]] = value
    return result


@functools.lru_cache(1024)
def key_conditions(text):
    """Triples of name, operator and the tokens of its values."""
    parser = Parser(text)
    result = []
    while True:
        if parser.accept("("):
            continue
        name = parser.next()
        if name == "begins_with":
            parser.expect("(")
            name, operator = parser.next(), "begins_with"
            parser.expect(",")
            operands = [parser.next()]
            parser.expect(")")
        else:
            operator = parser.next()
            operands = [parser.next()]
            if operator == "BETWEEN":
                parser.expect("AND")
                operands.append(parser.next())
        result.append((name, operator, operands))
        while parser.accept(")"):
            pass
        if not parser.accept("AND"):
            parser.expect("")
            return result
