-- explain.sql
--   Plans in words that all versions of PostgreSQL have in common, so that
--   the tests that include this file expect the same of each.
--
-- The functions are temporary: they go with the session.

CREATE FUNCTION pg_temp.explain(query text, options text DEFAULT 'COSTS OFF')
RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
  line text;
  average text;
BEGIN
  FOR line IN EXECUTE format('EXPLAIN (%s) %s', options, query) LOOP
    -- 15 has the two sides of a join clause in another order
    line := regexp_replace(line, '^( *Filter: ).*[^)]\.[a-z].*', '\1...');
    -- 17 doesn't ask a NOT NULL column whether it is null
    line := regexp_replace(line,
      '^( *Filter: )\(\(\w+ IS NOT NULL\) AND (.*)\)$', '\1\2');
    -- what a subquery yields has a number in 15, a name since 17; and the
    -- subquery itself has one in 19
    line := regexp_replace(line, '(InitPlan|SubPlan) \w+', '\1 n');
    line := regexp_replace(line, ' \(returns \$\d+\)', '');
    line := replace(line, '$0', '(InitPlan n).col1');
    -- 18 counts rows to two decimals
    line := regexp_replace(line, '(Rows"?: \d+)\.00', '\1', 'g');
    average := substring(line, 'rows=(\d+\.\d\d) ');
    IF average IS NOT NULL THEN
      line := replace(line, 'rows=' || average,
                      'rows=' || round(average::float8));
    END IF;
    -- 18 says that nothing is disabled
    line := regexp_replace(line, '\n *<?"?Disabled"?(: |>)false(,|</Disabled>)?',
                           '', 'g');
    -- 19 says what an empty plan stands for
    IF line !~ '^ *Replaces: ' THEN
      RETURN NEXT line;
    END IF;
  END LOOP;
END $$;

CREATE FUNCTION pg_temp.explain_analyze(query text, options text DEFAULT NULL)
RETURNS SETOF text
LANGUAGE sql AS $$
  SELECT pg_temp.explain(query, concat_ws(', ', 'ANALYZE', 'COSTS OFF',
                                          'BUFFERS OFF', 'TIMING OFF',
                                          'SUMMARY OFF', options))
$$;
