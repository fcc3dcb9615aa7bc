# SPDX-License-Identifier: GPL-2.0
#
# Tests of the commands, part of tools/axvm-run/Makefile.

# The commands with a simulated kernel in the place of the real one.
FAKE_OBJS := $(filter-out $(O)/nl.o $(O)/vmdev.o,$(CMD_OBJS)) $(O)/tests/fake_kernel.o

$(O)/tests/unit_cmds.o: CPPFLAGS += $(NL_CFLAGS)

$(O)/tests/axvm-run-fake: $(FAKE_OBJS) $(LIB_OBJS)
	$(CXX) $(LDFLAGS) -o $@ $^ $(NL_LIBS) $(LIBS)

$(O)/tests/unit_cmds: $(O)/tests/unit_cmds.o $(filter-out $(O)/main.o,$(CMD_OBJS)) $(LIB_OBJS)
	$(CXX) $(LDFLAGS) -o $@ $^ $(NL_LIBS) $(LIBS)

tests: $(O)/tests/axvm-run-fake $(O)/tests/unit_cmds

check: check-cmds

check-cmds: all tests
	$(O)/tests/unit_cmds
	$(SRC)/tests/cmds $(O)

.PHONY: check-cmds
