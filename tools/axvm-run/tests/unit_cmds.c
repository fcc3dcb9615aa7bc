// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of what the commands are made of: messages, options, texts, lines.
 *
 * Prints "ok NAME" or "not ok NAME: WHY" for each test; exit status 1 when one
 * failed. Needs no kernel module.
 */
#include <errno.h>
#include <linux/axvm_netlink.h>
#include <netlink/genl/genl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "../cmd.h"
#include "../mux.h"
#include "../nl_msg.h"
#include "../util.h"
#include "../util_json.h"
#include "../vm_text.h"

#define FAMILY	0x1a

static const char *failure;
static unsigned int failure_line;

#define EXPECT(condition) expect(condition, #condition, __LINE__)

static void expect(bool fine, const char *what, unsigned int line)
{
	if (fine || failure)
		return;
	failure = what;
	failure_line = line;
}

static struct nlmsghdr *with_port(struct nl_msg *msg)
{
	return nlmsg_hdr(msg);
}

/* --- messages --- */

static struct axvm_config *make_config(void)
{
	static struct config_vcpu vcpus[2] = {
		{ .hw_id = 0, .mask_len = 1, .mask = { 0x2 } }, { .hw_id = 7 },
	};
	static struct config_region regions[2] = {
		{ .gpa = 0x80000000, .size = 0x10000000, .flags = 7, .prealloc = true },
		{ .gpa = 0xc0000000, .size = 0x1000, .flags = 3 },
	};
	static struct config_device devices[1] = {
		{ .name = "plic0", .type = "plic", .base = 0xc000000, .size = 0x600000,
		  .cfg = { 2, 5 }, .nr_cfg = 2, .console = -1 },
	};
	static struct axvm_config cfg = {
		.id = 9, .name = "linux", .nr_vcpus = 2, .vcpus = vcpus, .nr_regions = 2,
		.regions = regions, .nr_devices = 1, .devices = devices,
	};

	return &cfg;
}

static struct boot_plan *make_plan(void)
{
	static struct boot_plan plan = {
		.entry = 0x80200000, .args = { 0x8fe00000 }, .nr_args = 1,
	};

	return &plan;
}

static void test_vm_new_scalars(void)
{
	struct nl_msg *msg = ax_msg_vm_new(FAMILY, make_config(), make_plan(), true);
	struct ax_vm vm;

	EXPECT(msg && nlmsg_hdr(msg)->nlmsg_type == FAMILY);
	EXPECT(genlmsg_hdr(nlmsg_hdr(msg))->cmd == AXVM_CMD_VM_NEW);
	EXPECT(!ax_parse_vm(with_port(msg), &vm));
	EXPECT(vm.id == 9 && !strcmp(vm.name, "linux"));
	EXPECT(vm.flags == AXVM_VM_FLAGS_OWNED);
	EXPECT(vm.has_entry && vm.entry == 0x80200000);
	EXPECT(vm.nr_boot_args == 1 && vm.boot_args[0] == 0x8fe00000);
	nlmsg_free(msg);
}

static void test_vm_new_nested(void)
{
	struct nl_msg *msg = ax_msg_vm_new(FAMILY, make_config(), make_plan(), false);
	struct ax_regions regions = { 0 };
	struct ax_devices devices = { 0 };

	EXPECT(!ax_parse_regions(nlmsg_hdr(msg), &regions) && regions.nr == 2);
	EXPECT(regions.list[0].gpa == 0x80000000 && regions.list[0].size == 0x10000000);
	EXPECT(regions.list[0].flags == 7 && regions.list[0].prealloc);
	EXPECT(regions.list[1].gpa == 0xc0000000 && !regions.list[1].prealloc);
	EXPECT(!ax_parse_devices(nlmsg_hdr(msg), &devices) && devices.nr == 1);
	EXPECT(!strcmp(devices.list[0].name, "plic0") && !strcmp(devices.list[0].type, "plic"));
	EXPECT(devices.list[0].nr_cfg == 2 && devices.list[0].cfg[1] == 5);
	EXPECT(devices.list[0].console == -1);
	ax_regions_free(&regions);
	ax_devices_free(&devices);
	nlmsg_free(msg);
}

static struct nlattr *find_nth(struct nl_msg *msg, int type, unsigned int n)
{
	struct genlmsghdr *hdr = genlmsg_hdr(nlmsg_hdr(msg));
	struct nlattr *attr;
	int rem;

	nla_for_each_attr(attr, genlmsg_attrdata(hdr, 0), genlmsg_attrlen(hdr, 0), rem)
		if (nla_type(attr) == type && !n--)
			return attr;
	return NULL;
}

static void test_vm_new_vcpus(void)
{
	struct nl_msg *msg = ax_msg_vm_new(FAMILY, make_config(), make_plan(), false);
	struct nlattr *first = find_nth(msg, AXVM_A_VM_VCPU, 0);
	struct nlattr *second = find_nth(msg, AXVM_A_VM_VCPU, 1);
	struct nlattr *mask = nla_find(nla_data(first), nla_len(first),
				       AXVM_A_VCPU_CFG_AFFINITY);
	struct nlattr *hw_id = nla_find(nla_data(second), nla_len(second), AXVM_A_VCPU_CFG_HW_ID);

	EXPECT(first->nla_type & NLA_F_NESTED);
	EXPECT(mask && nla_len(mask) == 1 && *(uint8_t *)nla_data(mask) == 2);
	EXPECT(hw_id && nla_get_u64(hw_id) == 7);
	EXPECT(!nla_find(nla_data(second), nla_len(second), AXVM_A_VCPU_CFG_AFFINITY));
	EXPECT(!find_nth(msg, AXVM_A_VM_VCPU, 2));
	nlmsg_free(msg);
}

static void test_vm_new_auto_id(void)
{
	struct axvm_config cfg = *make_config();
	struct nl_msg *msg;

	cfg.auto_id = true;
	msg = ax_msg_vm_new(FAMILY, &cfg, make_plan(), false);
	EXPECT(!find_nth(msg, AXVM_A_VM_ID, 0));
	nlmsg_free(msg);
}

static void test_vm_new_sve(void)
{
	struct axvm_config cfg = *make_config();
	struct nl_msg *msg = ax_msg_vm_new(FAMILY, &cfg, make_plan(), false);
	struct ax_vm vm;

	EXPECT(!find_nth(msg, AXVM_A_VM_VECTOR_LEN, 0));
	nlmsg_free(msg);
	cfg.sve = true;
	msg = ax_msg_vm_new(FAMILY, &cfg, make_plan(), false);
	EXPECT(find_nth(msg, AXVM_A_VM_VECTOR_LEN, 0));
	nlmsg_free(msg);
	cfg.sve_bits = 256;
	msg = ax_msg_vm_new(FAMILY, &cfg, make_plan(), false);
	EXPECT(!ax_parse_vm(with_port(msg), &vm) && vm.vector_bits == 256);
	nlmsg_free(msg);
}

/* As many of everything as a configuration may have, with the largest masks. */
static void test_vm_new_largest(void)
{
	struct axvm_config cfg = {
		.name = "large", .nr_vcpus = CONFIG_MAX_VCPUS, .nr_regions = CONFIG_MAX_REGIONS,
		.nr_devices = CONFIG_MAX_DEVICES,
	};
	struct nl_msg *msg;
	unsigned int i;

	cfg.vcpus = xcalloc(cfg.nr_vcpus, sizeof(*cfg.vcpus));
	cfg.regions = xcalloc(cfg.nr_regions, sizeof(*cfg.regions));
	cfg.devices = xcalloc(cfg.nr_devices, sizeof(*cfg.devices));
	for (i = 0; i < cfg.nr_vcpus; i++)
		cfg.vcpus[i].mask_len = CONFIG_MASK_MAX;
	for (i = 0; i < cfg.nr_devices; i++)
		cfg.devices[i].nr_cfg = CONFIG_CFG_MAX;
	msg = ax_msg_vm_new(FAMILY, &cfg, make_plan(), false);
	EXPECT(msg && find_nth(msg, AXVM_A_VM_DEVICE, CONFIG_MAX_DEVICES - 1));
	nlmsg_free(msg);
	free(cfg.vcpus);
	free(cfg.regions);
	free(cfg.devices);
}

static void test_small_requests(void)
{
	struct nl_msg *start = ax_msg_vm_start(FAMILY, 4, NULL);
	struct nl_msg *del = ax_msg_vm_force(FAMILY, AXVM_CMD_VM_DEL, 4, true);
	struct nl_msg *vcpus = ax_msg_vcpu_get(FAMILY, 4);
	struct nl_msg *name = ax_msg_vm_name(FAMILY, AXVM_CMD_VM_GET, "x");

	EXPECT(find_nth(start, AXVM_A_VM_ID, 0) && !find_nth(start, AXVM_A_VM_ENTRY, 0));
	EXPECT(find_nth(del, AXVM_A_VM_FORCE, 0));
	EXPECT(nlmsg_hdr(vcpus)->nlmsg_flags & NLM_F_DUMP);
	EXPECT(find_nth(vcpus, AXVM_A_VCPU_VM_ID, 0));
	EXPECT(!strcmp(nla_get_string(find_nth(name, AXVM_A_VM_NAME, 0)), "x"));
	EXPECT(nlmsg_hdr(name)->nlmsg_flags & NLM_F_ACK);
	nlmsg_free(start);
	nlmsg_free(del);
	nlmsg_free(vcpus);
	nlmsg_free(name);
}

static void test_parse_vcpu(void)
{
	struct nl_msg *msg = ax_msg_simple(FAMILY, AXVM_CMD_VCPU_GET, 0);
	struct ax_vcpus vcpus = { 0 };
	struct nlattr *nest;

	nla_put_u32(msg, AXVM_A_VCPU_ID, 3);
	nla_put_s32(msg, AXVM_A_VCPU_HOST_CPU, -1);
	nla_put_u64(msg, AXVM_A_VCPU_EXITS, 1ULL << 40);
	nest = nla_nest_start(msg, AXVM_A_VCPU_COUNTER | NLA_F_NESTED);
	nla_put_string(msg, AXVM_A_COUNTER_NAME, "mmio");
	nla_put_u64(msg, AXVM_A_COUNTER_VALUE, 12);
	nla_nest_end(msg, nest);
	EXPECT(!ax_parse_vcpus(nlmsg_hdr(msg), &vcpus) && vcpus.nr == 1);
	EXPECT(vcpus.list[0].id == 3 && vcpus.list[0].host_cpu == -1);
	EXPECT(vcpus.list[0].exits == 1ULL << 40 && vcpus.list[0].nr_counters == 1);
	EXPECT(!strcmp(vcpus.list[0].counters[0].name, "mmio"));
	EXPECT(vcpus.list[0].counters[0].value == 12);
	ax_vcpus_free(&vcpus);
	nlmsg_free(msg);
}

/* Short and unknown attributes of another version of the module do no harm. */
static void test_parse_strange(void)
{
	struct nl_msg *msg = ax_msg_simple(FAMILY, AXVM_CMD_STATE_NTF, 0);
	struct ax_event event;
	struct ax_caps caps;
	char text[200];

	memset(text, 'x', sizeof(text));
	nla_put(msg, AXVM_A_EVENT_VM_NAME, sizeof(text), text);
	nla_put(msg, AXVM_A_EVENT_SEQ, 1, text);
	nla_put_u32(msg, AXVM_A_EVENT_STATE, 77);
	nla_put_u64(msg, 400, 1);
	EXPECT(!ax_parse_event(nlmsg_hdr(msg), &event));
	EXPECT(strlen(event.vm_name) == CONFIG_NAME_MAX && !event.seq && event.state == 77);
	EXPECT(!strcmp(vm_state_name(event.state), "?"));
	EXPECT(!ax_parse_caps(nlmsg_hdr(msg), &caps));
	nlmsg_free(msg);
}

static void test_parse_caps(void)
{
	struct nl_msg *msg = ax_msg_simple(FAMILY, AXVM_CMD_CAPS_GET, 0);
	struct ax_caps caps;

	nla_put_string(msg, AXVM_A_CAPS_ARCH, "riscv64");
	nla_put_u64(msg, AXVM_A_CAPS_TIMER_FREQUENCY, 10000000);
	nla_put_string(msg, AXVM_A_CAPS_DEVICE_TYPE, "plic");
	nla_put_string(msg, AXVM_A_CAPS_DEVICE_TYPE, "ns16550a");
	EXPECT(!ax_parse_caps(nlmsg_hdr(msg), &caps));
	EXPECT(!strcmp(caps.arch, "riscv64") && caps.timer_frequency == 10000000);
	EXPECT(caps.nr_device_types == 2 && !strcmp(caps.device_types[1], "ns16550a"));
	EXPECT(!caps.cpu_features[0]);
	nlmsg_free(msg);
}

/* Error attributes as the kernel makes them, about the byte at @at of @request. */
static struct ax_fault parse_fault(struct nl_msg *request, const void *at, int missing)
{
	struct nl_msg *tlvs = nlmsg_alloc();
	struct ax_fault fault;
	uint32_t offset = at ? (uint32_t)((char *)at - (char *)nlmsg_hdr(request)) : 0;

	nla_put_string(tlvs, NLMSGERR_ATTR_MSG, "words of the kernel");
	if (missing)
		nla_put_u32(tlvs, NLMSGERR_ATTR_MISS_TYPE, missing);
	if (at)
		nla_put_u32(tlvs, missing ? NLMSGERR_ATTR_MISS_NEST : NLMSGERR_ATTR_OFFS, offset);
	ax_parse_fault(&fault, nlmsg_hdr(request), EINVAL, nlmsg_data(nlmsg_hdr(tlvs)),
		       nlmsg_datalen(nlmsg_hdr(tlvs)));
	nlmsg_free(tlvs);
	return fault;
}

static void test_fault_paths(void)
{
	struct nl_msg *msg = ax_msg_vm_new(FAMILY, make_config(), make_plan(), false);
	struct nlattr *region = find_nth(msg, AXVM_A_VM_REGION, 1);
	struct nlattr *device = find_nth(msg, AXVM_A_VM_DEVICE, 0);
	struct nlattr *size = nla_find(nla_data(region), nla_len(region), AXVM_A_REGION_SIZE);
	struct nlattr *cfg = nla_find(nla_data(device), nla_len(device), AXVM_A_DEVICE_CFG);
	struct ax_fault fault = parse_fault(msg, size, 0);

	EXPECT(fault.err == EINVAL && !strcmp(fault.message, "words of the kernel"));
	EXPECT(!strcmp(fault.attr, "region[1].size") && !fault.attr_missing);
	fault = parse_fault(msg, cfg, 0);
	EXPECT(!strcmp(fault.attr, "device.cfg[0]"));
	fault = parse_fault(msg, find_nth(msg, AXVM_A_VM_NAME, 0), 0);
	EXPECT(!strcmp(fault.attr, "name"));
	fault = parse_fault(msg, region, AXVM_A_REGION_GPA);
	EXPECT(!strcmp(fault.attr, "region[1].gpa") && fault.attr_missing);
	fault = parse_fault(msg, NULL, AXVM_A_VM_NAME);
	EXPECT(!strcmp(fault.attr, "name") && fault.attr_missing);
	fault = parse_fault(msg, NULL, 0);
	EXPECT(!fault.attr[0]);
	nlmsg_free(msg);
}

/* --- options --- */

struct values {
	bool json;
	const char *text;
	struct option_number number;
	struct option_number size;
};

static const struct option_def more_defs[] = {
	{ "size", 's', OPTION_SIZE, offsetof(struct values, size), "SIZE", "a size", NULL },
	{ 0 },
};

static const struct option_def defs[] = {
	OPTION_JSON_AT(struct values),
	{ "text", 't', OPTION_TEXT, offsetof(struct values, text), "TEXT", "a\ntext", NULL },
	{ "number", 0, OPTION_NUMBER, offsetof(struct values, number), "N", "a number", NULL },
	OPTION_MORE(more_defs),
};

static struct option_error option_error;

/* Return what options_parse() does; *@left: the first argument that is no option. */
static int parse(struct values *values, const char *line, const char **left)
{
	static char copy[256];
	char *argv[32];
	int argc = 0, status;

	memset(values, 0, sizeof(*values));
	snprintf(copy, sizeof(copy), "%s", line);
	for (argv[argc] = strtok(copy, " "); argv[argc]; argv[argc] = strtok(NULL, " "))
		argc++;
	status = options_parse(defs, values, &argc, argv, &option_error);
	*left = argc ? argv[0] : NULL;
	return status;
}

static void test_options_good(void)
{
	struct values values;
	const char *left;

	EXPECT(!parse(&values, "-j --text=a b --number 0x10 -s2M", &left));
	EXPECT(values.json && !strcmp(values.text, "a") && !strcmp(left, "b"));
	EXPECT(values.number.given && values.number.value == 16);
	EXPECT(values.size.value == 2 << 20);
	EXPECT(!parse(&values, "-jt x -- -j", &left));
	EXPECT(values.json && !strcmp(values.text, "x") && !strcmp(left, "-j"));
	EXPECT(!parse(&values, "-", &left) && !strcmp(left, "-"));
	EXPECT(!parse(&values, "--text --json", &left) && !strcmp(values.text, "--json"));
	EXPECT(parse(&values, "a --help", &left) == 1);
	EXPECT(parse(&values, "-jh", &left) == 1);
}

static bool fails_with(const char *line, const char *why)
{
	struct values values;
	const char *left;

	return parse(&values, line, &left) == -1 && strstr(option_error.text, why);
}

static void test_options_bad(void)
{
	EXPECT(fails_with("--txet x", "did you mean --text?"));
	EXPECT(fails_with("--sizes=3", "did you mean --size?"));
	EXPECT(fails_with("--nonsense", "unknown option --nonsense"));
	EXPECT(fails_with("-x", "unknown option -x"));
	EXPECT(fails_with("--text", "needs an argument"));
	EXPECT(fails_with("-t", "needs an argument"));
	EXPECT(fails_with("--json=1", "takes no argument"));
	EXPECT(fails_with("--number 12x", "is no number"));
	EXPECT(fails_with("--number -1", "is no number"));
	EXPECT(fails_with("--number 99999999999999999999", "is no number"));
	EXPECT(fails_with("--size big", "is no size"));
}

/* --- texts --- */

static int status_of(uint32_t state, uint32_t reason)
{
	const struct vm_end end = { .state = state, .reason = reason };

	return vm_end_status(&end);
}

static void test_end_status(void)
{
	EXPECT(status_of(AXVM_VM_STATE_STOPPED, AXVM_VM_REASON_GUEST_POWEROFF) == 0);
	EXPECT(status_of(AXVM_VM_STATE_STOPPED, AXVM_VM_REASON_REQUEST) == 0);
	EXPECT(status_of(AXVM_VM_STATE_STOPPED, AXVM_VM_REASON_GUEST_FAILURE) == 3);
	EXPECT(status_of(AXVM_VM_STATE_CRASHED, AXVM_VM_REASON_GUEST_FAILURE) == 3);
	EXPECT(status_of(AXVM_VM_STATE_CRASHED, AXVM_VM_REASON_CPU_SHUTDOWN) == 4);
	EXPECT(status_of(AXVM_VM_STATE_CRASHED, AXVM_VM_REASON_BAD_EXIT) == 4);
	EXPECT(status_of(AXVM_VM_STATE_CRASHED, AXVM_VM_REASON_NO_MEMORY) == 4);
	EXPECT(status_of(AXVM_VM_STATE_CRASHED, 1000) == 4);
	EXPECT(status_of(AXVM_VM_STATE_STOPPED, AXVM_VM_REASON_NO_VCPUS) == 5);
	EXPECT(status_of(AXVM_VM_STATE_DESTROYED, AXVM_VM_REASON_REQUEST) == 5);
	EXPECT(status_of(AXVM_VM_STATE_STOPPED, 1000) == 5);
	EXPECT(worse_status(0, 3) == 3 && worse_status(4, 3) == 4 && worse_status(1, 4) == 1);
	EXPECT(worse_status(0, 0) == 0 && worse_status(6, 5) == 5);
	EXPECT(!vm_has_ended(AXVM_VM_STATE_PAUSED) && !vm_has_ended(AXVM_VM_STATE_STOPPING));
	EXPECT(!vm_has_ended(AXVM_VM_STATE_READY) && vm_has_ended(AXVM_VM_STATE_CRASHED));
}

static bool end_reads(uint32_t state, uint32_t reason, uint64_t code, const char *wanted)
{
	const struct vm_end end = { .state = state, .reason = reason, .code = code };
	char *text = vm_end_text(&end);
	bool same = !strcmp(text, wanted);

	free(text);
	return same;
}

static void test_texts(void)
{
	char text[64];

	EXPECT(end_reads(AXVM_VM_STATE_STOPPED, AXVM_VM_REASON_GUEST_POWEROFF, 0,
			 "stopped: the guest powered off (guest-poweroff)"));
	EXPECT(end_reads(AXVM_VM_STATE_CRASHED, AXVM_VM_REASON_GUEST_FAILURE, 0x2a,
			 "crashed: the guest reported a failure (guest-failure, code 0x2a)"));
	EXPECT(end_reads(AXVM_VM_STATE_DESTROYED, AXVM_VM_REASON_NONE, 0, "destroyed"));
	EXPECT(!strcmp(format_size(512 << 20, text, sizeof(text)), "512 MiB"));
	EXPECT(!strcmp(format_size(0, text, sizeof(text)), "0 B"));
	EXPECT(!strcmp(format_size(4097, text, sizeof(text)), "4097 B"));
	EXPECT(!strcmp(format_size(UINT64_MAX, text, sizeof(text)), "18446744073709551615 B"));
	EXPECT(!strcmp(format_flags(7, text, sizeof(text)), "rwx"));
	EXPECT(!strcmp(format_flags(0x39, text, sizeof(text)), "r-- user device uncached"));
	EXPECT(!strcmp(vm_reason_name(1000), "?") && !strcmp(vcpu_state_name(3), "halted"));
}

static void test_vm_json(void)
{
	const struct ax_vm vm = {
		.id = 1, .name = "a\"b\n", .state = AXVM_VM_STATE_RUNNING,
		.reason = AXVM_VM_REASON_REQUEST, .memory = 1ULL << 40,
	};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct json json;

	json_init(&json, out);
	vm_print_json(&vm, &json);
	json_end(&json);
	fclose(out);
	EXPECT(!strncmp(text, "{\"id\":1,\"name\":\"a\\\"b\\n\",", 24));
	EXPECT(strstr(text, "\"state\":\"running\",\"reason\":\"request\",\"code\":0"));
	EXPECT(strstr(text, "\"memory\":1099511627776"));
	EXPECT(strstr(text, "\"boot_args\":[]"));
	EXPECT(!strstr(text, "entry"));
	EXPECT(size && text[size - 1] == '\n' && text[size - 2] == '}');
	free(text);
}

/* --- lines of consoles --- */

static void put(struct mux *mux, unsigned int index, const char *text)
{
	mux_put(mux, index, text, strlen(text));
}

static bool has_out(const struct mux *mux, const char *wanted)
{
	return mux->out_len == strlen(wanted) && !memcmp(mux->out, wanted, mux->out_len);
}

static void test_mux_single(void)
{
	struct mux mux;

	mux_init(&mux, 1, false);
	put(&mux, 0, "a\r\nlogin: ");
	EXPECT(has_out(&mux, "a\r\nlogin: ") && mux.line_open && !mux_has_partial(&mux, 0));
	mux_consume(&mux, 3);
	EXPECT(has_out(&mux, "login: "));
	mux_free(&mux);
}

static void test_mux_prefixes(void)
{
	struct mux mux;

	mux_init(&mux, 2, false);
	mux.streams[0].name = "a";
	mux.streams[1].name = "b";
	put(&mux, 0, "one\r\ntw");
	put(&mux, 1, "uno\n");
	put(&mux, 0, "o\n\n");
	EXPECT(has_out(&mux, "[a] one\n[b] uno\n[a] two\n[a]\x20\n"));
	mux_consume(&mux, mux.out_len);
	put(&mux, 0, "login: ");
	EXPECT(mux_has_partial(&mux, 0) && !mux.out_len);
	mux_flush(&mux);
	put(&mux, 0, "me\n");
	put(&mux, 0, "$ ");
	mux_flush(&mux);
	put(&mux, 1, "x\n");
	EXPECT(has_out(&mux, "[a] login: me\n[a] $\x20\n[b] x\n"));
	mux_free(&mux);
}

/* A prompt, news of another VM, the answer: the line is there whole in the end. */
static void test_mux_interrupted(void)
{
	struct mux mux;

	mux_init(&mux, 2, false);
	mux.streams[0].name = "a";
	mux.streams[1].name = "b";
	put(&mux, 0, "login: ");
	mux_show(&mux, 0);
	EXPECT(!mux_has_partial(&mux, 0));
	put(&mux, 1, "half ");
	mux_show(&mux, 1);
	put(&mux, 0, "me\n");
	put(&mux, 1, "a line\n");
	EXPECT(has_out(&mux, "[a] login:\x20\n[b] half\x20\n[a] login: me\n[b] half a line\n"));
	mux_free(&mux);
}

static void test_mux_attached(void)
{
	struct mux mux;

	mux_init(&mux, 2, true);
	mux.streams[1].name = "b";
	put(&mux, 0, "$ ");
	put(&mux, 1, "news\n");
	put(&mux, 0, "\r\n");
	EXPECT(has_out(&mux, "$\x20\r\n[b] news\r\n\r\n"));
	mux_free(&mux);
}

static void test_mux_long_line(void)
{
	char text[3 * MUX_LINE_MAX];
	struct mux mux;

	memset(text, 'x', sizeof(text));
	mux_init(&mux, 2, false);
	mux.streams[0].name = "a";
	mux.streams[1].name = "b";
	mux_put(&mux, 0, text, sizeof(text));
	put(&mux, 0, "\n");
	EXPECT(mux.out_len == sizeof(text) + strlen("[a]\x20\n"));
	EXPECT(!memcmp(mux.out, "[a] xxx", 7) && mux.out[mux.out_len - 1] == '\n');
	mux_free(&mux);
}

struct test {
	const char *name;
	void (*run)(void);
};

static const struct test tests[] = {
	{ "vm-new-scalars", test_vm_new_scalars },
	{ "vm-new-nested", test_vm_new_nested },
	{ "vm-new-vcpus", test_vm_new_vcpus },
	{ "vm-new-auto-id", test_vm_new_auto_id },
	{ "vm-new-sve", test_vm_new_sve },
	{ "vm-new-largest", test_vm_new_largest },
	{ "small-requests", test_small_requests },
	{ "parse-vcpu", test_parse_vcpu },
	{ "parse-strange", test_parse_strange },
	{ "parse-caps", test_parse_caps },
	{ "fault-paths", test_fault_paths },
	{ "options-good", test_options_good },
	{ "options-bad", test_options_bad },
	{ "end-status", test_end_status },
	{ "texts", test_texts },
	{ "vm-json", test_vm_json },
	{ "mux-single", test_mux_single },
	{ "mux-prefixes", test_mux_prefixes },
	{ "mux-interrupted", test_mux_interrupted },
	{ "mux-attached", test_mux_attached },
	{ "mux-long-line", test_mux_long_line },
};

int main(void)
{
	int status = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		failure = NULL;
		tests[i].run();
		if (failure) {
			printf("not ok axvm-run/%s: line %u: %s\n", tests[i].name, failure_line,
			       failure);
			status = 1;
		} else {
			printf("ok axvm-run/%s\n", tests[i].name);
		}
	}
	return status;
}
