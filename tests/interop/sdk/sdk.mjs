// SPDX-License-Identifier: MIT
// A program that uses the provider's own client library with what credence handed over: reads three
// records and prints their last names, or the error's code.
// usage: node sdk.mjs static|refresh|code
//	environment: API ACCOUNTS CLIENT_ID CLIENT_SECRET, and ACCESS_TOKEN, REFRESH_TOKEN or CODE
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as library from '@zohocrm/nodejs-sdk-8.0';

const sdk = library.InitializeBuilder ? library : library.default;
const folder = mkdtempSync(tmpdir() + '/sdk');
const env = process.env;

function token(mode) {
	const builder = new sdk.OAuthBuilder()
		.clientId(env.CLIENT_ID)
		.clientSecret(env.CLIENT_SECRET)
		.findUser(false);
	const given = {
		static: () => builder.accessToken(env.ACCESS_TOKEN),
		refresh: () => builder.refreshToken(env.REFRESH_TOKEN),
		code: () => builder.grantToken(env.CODE),
	};
	return given[mode]().build();
}

async function initialize(mode) {
	const place = sdk.DataCenter.setEnvironment(env.API, env.ACCOUNTS + '/oauth/v2/token', env.API);
	const log = new sdk.LogBuilder().level(sdk.Levels.ERROR).filePath(folder + '/log').build();
	const builder = await new sdk.InitializeBuilder();
	await builder.environment(place).token(token(mode))
		.store(new sdk.FileStore(folder + '/store'))
		.SDKConfig(new sdk.SDKConfigBuilder().autoRefreshFields(false).build())
		.resourcePath(folder).logger(log).initialize();
}

async function read() {
	const parameters = new sdk.ParameterMap();
	await parameters.add(sdk.Record.GetRecordsParam.FIELDS, 'Last_Name,Company');
	const operations = new sdk.Record.RecordOperations('Leads');
	return operations.getRecords(parameters, new sdk.HeaderMap());
}

try {
	await initialize(process.argv[2]);
	const response = await read();
	const answer = response.getObject();
	console.log(response.getStatusCode(), answer.getData
		? answer.getData().map(record => record.getKeyValue('Last_Name')).join(',')
		: answer.getCode().getValue());
} catch (error) {
	console.log('error', error.code, JSON.stringify(error.details ?? error.message));
}
