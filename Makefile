# dynamodb_fdw/Makefile
#
# make, make install, make installcheck	as for any extension, through PGXS
# make demo, make check			everything from a bare machine: see README.md
#
# The goals below are handed to test/run before PGXS is included at all: they
# must work where there is no PostgreSQL yet, and `check` is a target of
# PGXS's own that can't be redefined after the include.

SCRIPTED = demo check check-service check-valgrind check-versions \
	check-assert dist bench fuzz mutants deps lint format
THIS_DIR := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))

ifneq (,$(filter $(SCRIPTED),$(MAKECMDGOALS)))

ifneq (1,$(words $(MAKECMDGOALS)))
$(error run "make $(firstword $(filter $(SCRIPTED),$(MAKECMDGOALS)))" by itself)
endif

.PHONY: $(SCRIPTED)
$(SCRIPTED):
	@$(THIS_DIR)/test/run $@

else

MODULE_big = dynamodb_fdw
PGFILEDESC = "dynamodb_fdw - foreign data wrapper for Amazon DynamoDB"

# In the order of the layers: each uses only those above it (src/README.md).
OBJS = \
	$(WIN32RES) \
	src/dynamodb_fdw.o \
	src/base/compat.o \
	src/base/crc32.o \
	src/base/error.o \
	src/base/guc.o \
	src/base/json.o \
	src/base/option.o \
	src/base/option_check.o \
	src/base/option_table.o \
	src/aws/credential.o \
	src/aws/endpoint.o \
	src/aws/failure.o \
	src/aws/http.o \
	src/aws/reply.o \
	src/aws/retry.o \
	src/aws/sigv4.o \
	src/aws/waiter.o \
	src/dynamodb/action.o \
	src/dynamodb/budget.o \
	src/dynamodb/capacity.o \
	src/dynamodb/client.o \
	src/dynamodb/decimal.o \
	src/dynamodb/describe.o \
	src/dynamodb/diff.o \
	src/dynamodb/equal.o \
	src/dynamodb/expression.o \
	src/dynamodb/item.o \
	src/dynamodb/merge.o \
	src/dynamodb/outcome.o \
	src/dynamodb/page.o \
	src/dynamodb/plain.o \
	src/dynamodb/request.o \
	src/dynamodb/schema.o \
	src/dynamodb/size.o \
	src/dynamodb/stats.o \
	src/dynamodb/token.o \
	src/dynamodb/typed.o \
	src/dynamodb/value.o \
	src/mapping/array.o \
	src/mapping/calendar.o \
	src/mapping/change.o \
	src/mapping/codec.o \
	src/mapping/column.o \
	src/mapping/condition.o \
	src/mapping/datum.o \
	src/mapping/document.o \
	src/mapping/document_path.o \
	src/mapping/encode.o \
	src/mapping/expiry.o \
	src/mapping/filter.o \
	src/mapping/filter_atom.o \
	src/mapping/filter_fold.o \
	src/mapping/filter_member.o \
	src/mapping/filter_render.o \
	src/mapping/filter_rules.o \
	src/mapping/filter_set.o \
	src/mapping/filter_tree.o \
	src/mapping/infer.o \
	src/mapping/input.o \
	src/mapping/key.o \
	src/mapping/keyset.o \
	src/mapping/member.o \
	src/mapping/number.o \
	src/mapping/output.o \
	src/mapping/pattern.o \
	src/mapping/range.o \
	src/mapping/row.o \
	src/mapping/shippable.o \
	src/mapping/store.o \
	src/mapping/template.o \
	src/mapping/temporal.o \
	src/mapping/term.o \
	src/mapping/text.o \
	src/fdw/access.o \
	src/fdw/analyze.o \
	src/fdw/async.o \
	src/fdw/batch.o \
	src/fdw/checks.o \
	src/fdw/cookie.o \
	src/fdw/create.o \
	src/fdw/definition.o \
	src/fdw/demand.o \
	src/fdw/deparse.o \
	src/fdw/deparse_filter.o \
	src/fdw/direct.o \
	src/fdw/direct_keys.o \
	src/fdw/direct_plan.o \
	src/fdw/explain.o \
	src/fdw/function.o \
	src/fdw/guard.o \
	src/fdw/import.o \
	src/fdw/insert.o \
	src/fdw/keyspace.o \
	src/fdw/lookahead.o \
	src/fdw/lookahead_path.o \
	src/fdw/modify.o \
	src/fdw/modify_plan.o \
	src/fdw/move.o \
	src/fdw/naming.o \
	src/fdw/pace.o \
	src/fdw/parallel.o \
	src/fdw/path.o \
	src/fdw/plan.o \
	src/fdw/price.o \
	src/fdw/projection.o \
	src/fdw/pushdown.o \
	src/fdw/relation.o \
	src/fdw/sample.o \
	src/fdw/report.o \
	src/fdw/scan.o \
	src/fdw/scan_start.o \
	src/fdw/script.o \
	src/fdw/session.o \
	src/fdw/snapshot.o \
	src/fdw/spool.o \
	src/fdw/stream.o \
	src/fdw/stream_keys.o \
	src/fdw/stream_pages.o \
	src/fdw/stream_segments.o \
	src/fdw/stream_set.o \
	src/fdw/survey.o \
	src/fdw/transaction.o \
	src/fdw/truncate.o \
	src/fdw/unique.o \
	src/fdw/update.o \
	src/fdw/upsert.o \
	src/fdw/watch.o \
	src/fdw/where.o \
	src/fdw/write.o \
	src/fdw/write_price.o

PG_CPPFLAGS = -I$(srcdir)/src
SHLIB_LINK = -lcurl -lcrypto -ljson-c

EXTENSION = dynamodb_fdw
DATA = \
	sql/dynamodb_fdw--2.0.sql \
	sql/dynamodb_fdw--1.0--2.0.sql \
	sql/dynamodb_fdw--1.1--2.0.sql

# Every file stands alone; the order is from the simple to the composed.
# The first list needs nothing but the server, so a distribution can run it
# where it builds; the second needs DynamoDB or an emulator of it.
REGRESS_OFFLINE = option privilege upgrade offline_plan
REGRESS_ONLINE = \
	function import import_sample \
	type_read type_document type_mismatch type_format type_key type_encoding \
	key_condition key_calendar key_list index_choice order_limit join view scan_guard \
	parallel async explain \
	analyze expiry \
	write_type write_insert write_update write_delete write_condition \
	write_direct write_mode write_with \
	filter_operator filter_set filter_limit filter_time filter_access \
	filter_security filter_member
REGRESS = $(REGRESS_OFFLINE) $(if $(DYNAMODB_ENDPOINT),$(REGRESS_ONLINE))
REGRESS_OPTS = --inputdir=$(srcdir) --encoding=UTF8 --no-locale

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifeq (,$(wildcard $(PGXS)))
define NO_PGXS
"$(PG_CONFIG)" leads to no PostgreSQL that extensions can be built against.
  Debian:  make deps     installs what the build needs
  else:    install your distribution's server development package of
           PostgreSQL, and the headers of libcurl, json-c and OpenSSL, or
           point at a PostgreSQL:  make PG_CONFIG=/path/to/pg_config
endef
$(error $(NO_PGXS))
endif
include $(PGXS)

# Any header may change any object; the whole build takes seconds.
$(OBJS): $(wildcard $(srcdir)/src/*/*.h)

# PGXS makes no folders in a build outside the source (VPATH).  Absolute, or
# make would find those of the source.
OBJ_DIRS = $(addprefix $(CURDIR)/,$(patsubst %/,%,$(sort $(dir $(OBJS)))))
$(OBJS): | $(OBJ_DIRS)
$(OBJ_DIRS):
	@mkdir -p $@

# For test/run, which runs these itself.
.PHONY: print-regress
print-regress:
	@echo $(REGRESS)

endif
