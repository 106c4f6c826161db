/*-------------------------------------------------------------------------
 *
 * mutate.c
 *	  libFuzzer's part for "make check": a corpus, and mutations of it.
 *
 * libFuzzer looks for inputs that reach new code, and needs clang; this runs
 * what it has found, and so many mutations of that, the same ones each time:
 * a failure comes back.  The input that failed is left in a file.
 *
 *	fuzz_x RUNS FOLDER
 *
 *-------------------------------------------------------------------------
 */
#include "postgres_fe.h"

#include <dirent.h>
#include <sanitizer/common_interface_defs.h>
#include <signal.h>

#include "fuzz.h"
#include "tap.h"

#define MAX_SIZE 4096

typedef struct Input
{
	uint8_t    *data;
	size_t		size;
} Input;

static Input *inputs = NULL;
static int	ninputs = 0;
static Input last;

/* The first bytes of a file; none of them is where it goes on. */
static void
read_input(const char *folder, const char *name)
{
	char		path[MAXPGPATH];
	FILE	   *file;
	Input	   *input;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "rb");
	if (file == NULL)
	{
		perror(path);
		exit(1);
	}
	inputs = realloc(inputs, (ninputs + 1) * sizeof(Input));
	input = &inputs[ninputs++];
	input->data = malloc(MAX_SIZE);
	input->size = fread(input->data, 1, MAX_SIZE, file);
	fclose(file);
}

/* In the order of their names, not of the file system. */
static void
read_corpus(const char *folder)
{
	struct dirent **names;
	int			n = scandir(folder, &names, NULL, alphasort);

	for (int i = 0; i < n; i++)
	{
		if (names[i]->d_name[0] != '.')
			read_input(folder, names[i]->d_name);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

/* One change of what is in a buffer of MAX_SIZE bytes. */
static void
change(uint64 *state, uint8_t *data, size_t *size)
{
	static const char odd[] = "\"\\{}[]:,.-+eEuSNBLM0123456789 \n\x80\xc3\xff";
	size_t		at = tap_below(state, (int) *size + 1);
	size_t		len = tap_below(state, 16) + 1;
	const Input *other = &inputs[tap_below(state, ninputs)];

	switch (tap_below(state, 5))
	{
		case 0:					/* another byte */
			if (at < *size)
				data[at] = odd[tap_below(state, sizeof(odd) - 1)];
			break;
		case 1:					/* a byte more */
			if (*size == MAX_SIZE)
				break;
			memmove(data + at + 1, data + at, *size - at);
			data[at] = odd[tap_below(state, sizeof(odd) - 1)];
			(*size)++;
			break;
		case 2:					/* some less */
			len = Min(len, *size - at);
			memmove(data + at, data + at + len, *size - at - len);
			*size -= len;
			break;
		case 3:					/* some of another */
			len = Min(Min(len, other->size), MAX_SIZE - at);
			memcpy(data + at,
				   other->data + tap_below(state, (int) (other->size - len) + 1),
				   len);
			*size = Max(*size, at + len);
			break;
		case 4:					/* a bit */
			if (at < *size)
				data[at] ^= 1 << tap_below(state, 8);
			break;
	}
}

/* Leaves the input that ends it all in a file. */
static void
write_last(void)
{
	FILE	   *file = fopen("last_input", "wb");

	if (file == NULL)
		return;
	fwrite(last.data, 1, last.size, file);
	fclose(file);
	fprintf(stderr, "the input is in last_input\n");
}

static void
on_abort(int signal)
{
	write_last();
}

/* The sanitizers look at bounds, so each input has a block of its own size. */
static void
run_input(const uint8_t *data, size_t size)
{
	last.data = malloc(Max(size, 1));
	last.size = size;
	memcpy(last.data, data, size);
	LLVMFuzzerTestOneInput(last.data, size);
	free(last.data);
}

int
main(int argc, char **argv)
{
	int			runs = argc == 3 ? atoi(argv[1]) : -1;
	uint64		state = UINT64CONST(88172645463325252);
	uint8_t		data[MAX_SIZE];

	if (runs < 0)
	{
		fprintf(stderr, "usage: %s RUNS FOLDER\n", argv[0]);
		return 2;
	}
	__sanitizer_set_death_callback(write_last);
	signal(SIGABRT, on_abort);
	read_corpus(argv[2]);
	tap_ok(ninputs > 0, "there is a corpus");
	for (int i = 0; i < ninputs; i++)
		run_input(inputs[i].data, inputs[i].size);
	tap_ok(true, "the corpus");
	for (int i = 0; i < runs && ninputs > 0; i++)
	{
		const Input *input = &inputs[tap_below(&state, ninputs)];
		size_t		size = input->size;
		int			changes = tap_below(&state, 8) + 1;

		memcpy(data, input->data, size);
		while (changes-- > 0)
			change(&state, data, &size);
		run_input(data, size);
	}
	tap_ok(true, "mutations of it");
	return tap_done();
}
